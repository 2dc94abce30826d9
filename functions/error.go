package functions

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Problem is the document of an error reply, application/problem+json of
// RFC 9457. Step, Attempt and RequestID are filled in by the vertex.
type Problem struct {
	// Type is a URI that names the kind of problem; empty means about:blank,
	// that is: the status is enough.
	Type string `json:"type,omitempty"`
	// Title is the short text of the kind of problem; empty means the
	// standard text of the status.
	Title string `json:"title"`
	// Status is the HTTP status; 0 means 500.
	Status int `json:"status"`
	// Detail is what went wrong this time and what the caller can do. It is
	// sent to the caller.
	Detail string `json:"detail,omitempty"`
	// Step is the name of the step that failed.
	Step string `json:"step,omitempty"`
	// Attempt is the number of the attempt that failed, from 1.
	Attempt int `json:"attempt,omitempty"`
	// RequestID is the id of the request, for the log and for support.
	RequestID string `json:"requestid,omitempty"`
	// Errors lists every invalid field of the request.
	Errors []FieldError `json:"errors,omitempty"`
}

// ProblemContentType is the media type of a [Problem].
const ProblemContentType = "application/problem+json"

// FieldError is what is invalid about one field of the request.
type FieldError struct {
	// Pointer is the JSON Pointer of the field in its URI fragment form
	// (RFC 6901 section 6), such as "#/lines/0/sku".
	Pointer string `json:"pointer"`
	// Detail is what is invalid there.
	Detail string `json:"detail"`
}

// Error is an error with an HTTP status. A function returns it to choose what
// the caller hears; the text of any other error is logged and not sent.
type Error struct {
	Problem

	// RetryAfter is the earliest time from now at which a retry may help. It
	// is honoured by the step's retry policy and sent as Retry-After; 0 means
	// that nothing is known.
	RetryAfter time.Duration
	// Headers are sent with the answer, in the form of the attribute httpheaders.
	// [SetHeader], [AddHeader] and [SetCookie] write it.
	Headers string
	// Cause is logged and never sent.
	Cause error
}

// Errorf creates an [Error] with a status and a detail that the caller sees,
// with the texts of %w operands in it; errors.Is and errors.As find those. To
// keep a text from the caller, set Cause instead.
func Errorf(status int, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	out := &Error{Problem: Problem{Status: status, Detail: err.Error()}}
	switch u := err.(type) { //nolint:errorlint // only what this call wrapped itself
	case interface{ Unwrap() error }:
		out.Cause = u.Unwrap()
	case interface{ Unwrap() []error }:
		out.Cause = err
	}
	return out
}

// Invalid creates the 422 error that lists every invalid field of a request.
func Invalid(fields ...FieldError) *Error {
	detail := "1 field is wrong"
	if len(fields) != 1 {
		detail = fmt.Sprintf("%d fields are wrong", len(fields))
	}
	return &Error{Problem: Problem{
		Status: http.StatusUnprocessableEntity,
		Title:  "Invalid request",
		Detail: detail + "; see errors",
		Errors: fields,
	}}
}

// StatusCode is the HTTP status of the reply: Status, or 500 if that is 0.
func (e *Error) StatusCode() int {
	if e.Status == 0 {
		return http.StatusInternalServerError
	}
	return e.Status
}

// Error implements error.
func (e *Error) Error() string {
	var text strings.Builder
	if e.Title != "" {
		text.WriteString(e.Title)
	} else {
		text.WriteString(http.StatusText(e.StatusCode()))
	}
	if e.Detail != "" {
		text.WriteString(": " + e.Detail)
	}
	for _, f := range e.Errors {
		text.WriteString("; " + f.Pointer + ": " + f.Detail)
	}
	return text.String()
}

// Unwrap returns the cause; nil for a nil Error.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Cause
}
