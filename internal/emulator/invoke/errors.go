package invoke

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Sizes in bytes that Lambda allows.
const (
	MaxSync     = 6 << 20       // payload of a synchronous invocation
	MaxAsync    = 1 << 20       // payload of an asynchronous one
	MaxResponse = MaxSync + 100 // response that is not streamed
	MaxStream   = 200 << 20     // response that is
)

// Unhandled is the [Result.FunctionError] of every function error.
const Unhandled = "Unhandled"

// Error is a rejection by the service: the function has not run. It is what the
// Invoke API answers with.
type Error struct {
	// Type is the name of the error in the Invoke API.
	Type string
	// Status is its HTTP status.
	Status int
	// Message is for people.
	Message string
	// Reason is the limit that throttled, for TooManyRequestsException.
	Reason string
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

var (
	errNotJSON = &Error{
		Type: "InvalidRequestContentException", Status: http.StatusBadRequest,
		Message: "Could not parse request body into json: it is not valid JSON",
	}
	errOperation = &Error{
		Type: "UnknownOperationException", Status: http.StatusNotFound, Message: "Only invocations are served here",
	}
	errClosed = errService("the service is closed")
)

func errService(message string) *Error {
	return &Error{Type: "ServiceException", Status: http.StatusInternalServerError, Message: message}
}

func errTooLarge(size, limit int64, kind string) *Error {
	return &Error{
		Type: "RequestTooLargeException", Status: http.StatusRequestEntityTooLarge,
		Message: fmt.Sprintf("%d byte payload is too large for the %s invocation type (limit %d bytes)", size, kind, limit),
	}
}

func errThrottled(reason string) *Error {
	return &Error{
		Type: "TooManyRequestsException", Status: http.StatusTooManyRequests, Message: "Rate Exceeded.", Reason: reason,
	}
}

// FunctionError is what a function failed with: it ends a stream.
type FunctionError struct {
	// Type is errorType of the payload.
	Type string
	// Payload is the error object, in JSON.
	Payload []byte
}

func (e *FunctionError) Error() string {
	return fmt.Sprintf("function error %s: %s", e.Type, e.Payload)
}

// failure is the error object of a function that could not answer itself.
type failure struct {
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

// failed is the failure of the invocation with an id.
func failed(kind, id, format string, args ...any) failure {
	return failure{kind, "RequestId: " + id + " Error: " + fmt.Sprintf(format, args...)}
}

func failTimeout(id, what string, timeout time.Duration) failure {
	return failed("Sandbox.Timedout", id, "%s timed out after %.2f seconds", what, timeout.Seconds())
}

// failExit is for a process that ended; state is how, "" for a clean exit.
func failExit(kind, id, state string) failure {
	if state == "" {
		return failed(kind, id, "Runtime exited without providing a reason")
	}
	return failed(kind, id, "Runtime exited with error: %s", state)
}

func (f failure) result() Result {
	payload, err := json.Marshal(f)
	if err != nil { // two strings
		payload = []byte("{}")
	}
	return Result{FunctionError: Unhandled, ErrorType: f.ErrorType, Payload: payload}
}
