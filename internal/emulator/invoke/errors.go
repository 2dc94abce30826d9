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

// Error is a refusal by the service: the function has not run. It is what the
// Invoke API answers with.
type Error struct {
	// Type is the name of the error in the Invoke API.
	Type string
	// Status is its HTTP status.
	Status int
	// Message is for people.
	Message string
	// Reason says which limit throttled, for TooManyRequestsException.
	Reason string
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

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

func errUnknown(name string) *Error {
	return &Error{Type: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "Function not found: " + name}
}

func errTooLarge(size, limit int64, kind string) *Error {
	return &Error{
		Type: "RequestTooLargeException", Status: http.StatusRequestEntityTooLarge,
		Message: fmt.Sprintf("%d byte payload is too large for the %s invocation type (limit %d bytes)", size, kind, limit),
	}
}

func errNotJSON() *Error {
	return &Error{
		Type: "InvalidRequestContentException", Status: http.StatusBadRequest,
		Message: "Could not parse request body into json: it is not valid JSON",
	}
}

func errParameter(message string) *Error {
	return &Error{Type: "InvalidParameterValueException", Status: http.StatusBadRequest, Message: message}
}

func errThrottled(reason string) *Error {
	return &Error{
		Type: "TooManyRequestsException", Status: http.StatusTooManyRequests, Message: "Rate Exceeded.", Reason: reason,
	}
}

func errService(message string) *Error {
	return &Error{Type: "ServiceException", Status: http.StatusInternalServerError, Message: message}
}

// failure is the error object of a function that could not answer itself.
type failure struct {
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

func (f failure) result() Result {
	payload, err := json.Marshal(f)
	if err != nil { // two strings
		payload = []byte("{}")
	}
	return Result{FunctionError: Unhandled, ErrorType: f.ErrorType, Payload: payload, Version: Latest}
}

func failTimeout(id string, timeout time.Duration) failure {
	return failure{
		"Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, timeout.Seconds()),
	}
}

func failInitTimeout(id string, timeout time.Duration) failure {
	return failure{
		"Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Init timed out after %.2f seconds", id, timeout.Seconds()),
	}
}

// failExit is for a process that ended; state is how, "" for a clean exit.
func failExit(id, state string) failure {
	if state == "" {
		return failure{"Runtime.ExitError", "RequestId: " + id + " Error: Runtime exited without providing a reason"}
	}
	return failure{"Runtime.ExitError", "RequestId: " + id + " Error: Runtime exited with error: " + state}
}

func failMemory(id string) failure {
	return failure{"Runtime.OutOfMemory", "RequestId: " + id + " Error: Runtime exited with error: signal: killed"}
}

func failStart(id string, err error) failure {
	return failure{"Runtime.InvalidEntrypoint", "RequestId: " + id + " Error: " + err.Error()}
}

func failTruncated(id string) failure {
	return failure{"Runtime.TruncatedResponse", "RequestId: " + id + " Error: the response ended early"}
}

func failSize(limit int64) failure {
	return failure{
		"Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", limit),
	}
}
