package deadletter

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Record is what Lambda sends to the OnFailure destination of an asynchronous
// invocation (AWS Lambda Developer Guide, "Capturing records of Lambda
// asynchronous invocations").
type Record struct {
	// Version of the record's form; "1.0" so far.
	Version string `json:"version"`
	// Timestamp is when Lambda gave up, in RFC 3339.
	Timestamp string `json:"timestamp"`
	// RequestContext is what was invoked and why Lambda gave up.
	RequestContext RequestContext `json:"requestContext"`
	// RequestPayload is the event that the function was invoked with.
	RequestPayload json.RawMessage `json:"requestPayload"`
	// ResponseContext is nil if the function was not run.
	ResponseContext *ResponseContext `json:"responseContext"`
	// ResponsePayload is what the last attempt answered. Of a failed one it is
	// an object with errorType and errorMessage.
	ResponsePayload json.RawMessage `json:"responsePayload"`
}

// RequestContext is the part of a [Record] about the invocation.
type RequestContext struct {
	// RequestID is Lambda's id of the invocation; all its attempts share it.
	RequestID string `json:"requestId"` //nolint:tagliatelle // Lambda's own name
	// FunctionARN is the function with its qualifier, such as ":$LATEST".
	FunctionARN string `json:"functionArn"`
	// Condition is why Lambda gave up: one of the constants below, or another
	// one that is newer than this code.
	Condition string `json:"condition"`
	// ApproximateInvokeCount is how often the function was tried.
	ApproximateInvokeCount int `json:"approximateInvokeCount"`
}

// Conditions of a [Record] that are different from the others. The usual one is
// "RetriesExhausted".
const (
	// ConditionAge means that the event waited longer than the function's
	// MaximumEventAgeInSeconds, as it does while the function is throttled.
	ConditionAge = "EventAgeExceeded"
	// ConditionNoConcurrency means that the function's reserved concurrency
	// is 0: it is switched off.
	ConditionNoConcurrency = "ZeroReservedConcurrency"
)

// ResponseContext is the part of a [Record] about the last attempt.
type ResponseContext struct {
	// StatusCode is that of the Invoke API: 200 also for a function that
	// failed, 429 for one that was throttled.
	StatusCode int `json:"statusCode"`
	// ExecutedVersion is the version of the function that ran.
	ExecutedVersion string `json:"executedVersion"`
	// FunctionError is "" or "Unhandled".
	FunctionError string `json:"functionError"`
}

// ErrNoRecord means that a payload is no destination record.
var ErrNoRecord = errors.New("not a destination record of Lambda")

// ParseRecord reads a destination record: a JSON object whose requestContext
// names the invocation, the function and the condition. Members that it does
// not know are left alone. The raw members share the memory of payload. It
// fails with [ErrNoRecord].
func ParseRecord(payload []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(payload, &r); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrNoRecord, err)
	}
	for _, member := range []struct{ name, value string }{
		{"requestId", r.RequestContext.RequestID},
		{"functionArn", r.RequestContext.FunctionARN},
		{"condition", r.RequestContext.Condition},
	} {
		if member.value == "" {
			return Record{}, fmt.Errorf("%w: requestContext has no %s", ErrNoRecord, member.name)
		}
	}
	return r, nil
}

// Time is when Lambda gave up; the zero time if that is not in the record.
func (r Record) Time() time.Time {
	at, err := time.Parse(time.RFC3339Nano, r.Timestamp)
	if err != nil {
		return time.Time{}
	}
	return at
}

// members returns the members of a JSON object; nil if data is none. Unlike a
// struct it knows their names by case, and keeps those that are unknown.
func members(data []byte) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) != nil {
		return nil
	}
	return object
}

// without is a JSON object without some of its members. What is no object is
// returned as it is.
func without(data json.RawMessage, names ...string) json.RawMessage {
	object := members(data)
	if object == nil {
		return data
	}
	for _, name := range names {
		delete(object, name)
	}
	rest, err := json.Marshal(object)
	if err != nil { // every member was valid JSON before
		return nil
	}
	return rest
}
