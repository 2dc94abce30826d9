package lambda

import "fmt"

// The errors of [Service.Invoke]. Lambda shows the name of the type as
// errorType to who has invoked the function, and in destination records.
type (
	// PayloadError is a payload that cannot be dealt with, however often it
	// comes.
	PayloadError struct{ What string }
	// RoleError is a payload for a function with another role.
	RoleError struct{ Role, Kind string }
	// ReplyError is a reply that could not be written. The event is to be
	// handled again.
	ReplyError struct {
		RequestID string
		Cause     error
	}
)

// Error implements error.
func (e *PayloadError) Error() string { return "the payload cannot be dealt with: " + e.What }

// Error implements error.
func (e *RoleError) Error() string {
	return fmt.Sprintf("%s is %q, and a function with this role takes no %s", varRole, e.Role, e.Kind)
}

// Error implements error.
func (e *ReplyError) Error() string {
	return fmt.Sprintf("the reply of request %s could not be written: %v", e.RequestID, e.Cause)
}

// Unwrap returns the cause.
func (e *ReplyError) Unwrap() error { return e.Cause }

func unreadable(format string, args ...any) error {
	return &PayloadError{What: fmt.Sprintf(format, args...)}
}
