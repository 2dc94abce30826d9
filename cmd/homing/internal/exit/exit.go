// Package exit has errors with the exit code of the process.
package exit

import (
	"errors"
	"fmt"
)

// The exit codes of the command line. A process that a signal ends has the
// code of its shell, 128 and the signal's number.
const (
	OK      = 0
	Failed  = 1 // what was asked for was tried and did not work, or was answered with 4xx or 5xx
	Misused = 2 // what was asked for cannot be tried: wrong flags, arguments or configuration
)

// Error is an error with an exit code.
type Error struct {
	// Code is the exit code; it is never [OK].
	Code int
	// Err is shown to the user; nil if the user has seen it already.
	Err error
	// Next is what the user can do; "" if Err has that itself.
	Next string
}

// Usagef returns the error of a command that cannot be tried. Its arguments are
// those of [fmt.Errorf].
func Usagef(format string, args ...any) *Error {
	return &Error{Code: Misused, Err: fmt.Errorf(format, args...)}
}

// Failedf returns the error of a command that was tried and did not work.
func Failedf(format string, args ...any) *Error {
	return &Error{Code: Failed, Err: fmt.Errorf(format, args...)}
}

// Reported is the error of a command that has shown the user what failed.
func Reported() *Error { return &Error{Code: Failed} }

// Then adds what the user can do.
func (e *Error) Then(format string, args ...any) *Error {
	e.Next = fmt.Sprintf(format, args...)
	return e
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns the error without its code.
func (e *Error) Unwrap() error { return e.Err }

// Code is the exit code for err: [OK] for nil, and [Failed] for an error that
// has none of its own.
func Code(err error) int {
	var own *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &own):
		return own.Code
	default:
		return Failed
	}
}
