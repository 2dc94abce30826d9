package httpevent

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// PanicError is a panic of a handler that was caught.
type PanicError struct {
	// Value is what the handler panicked with.
	Value any
	// Stack is where, as [debug.Stack] returns it.
	Stack []byte
}

// Error implements error, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("the handler panicked: %v", e.Value) }

// Unwrap returns the value if it is an error, such as [http.ErrAbortHandler].
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Serve returns the answer of a handler to a request from source. There is always
// an answer: if the handler panics it is a problem document with status 500,
// and the error is a [*PanicError] for the log.
func Serve(source Source, handler http.Handler, r *http.Request) (answer []byte, err error) {
	w := NewWriter(source, r)
	if err := call(handler, w, r); err != nil {
		w = NewWriter(source, r)
		problem.Write(w, failure())
		return w.Answer(), err
	}
	return w.Answer(), nil
}

// failure is what the caller sees of a panic.
func failure() *functions.Error {
	return functions.Errorf(http.StatusInternalServerError, "the handler failed")
}

// call runs a handler and catches its panic.
func call(handler http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	handler.ServeHTTP(w, r)
	return nil
}
