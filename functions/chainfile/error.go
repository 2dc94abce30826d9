package chainfile

import (
	"errors"
	"fmt"
	"strings"
)

// Error is one thing that is invalid about a file.
type Error struct {
	// File is the name that was given to [Parse], or the path given to [Load].
	File string
	// Line and Column count from 1; a column is a character, not a byte.
	Line, Column int
	// Path leads to the value, such as chains[0].steps[1].retry; "" means the
	// file as a whole.
	Path string
	// Message is what is invalid.
	Message string
	// Suggestion is what was probably meant; "" if there is no good guess.
	Suggestion string
}

// Error implements error, in the form file:line:column: path: message, which
// editors and terminals turn into a link.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", e.File, e.Line, e.Column)
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Message)
	if e.Suggestion != "" {
		fmt.Fprintf(&b, "; did you mean %q?", e.Suggestion)
	}
	return b.String()
}

// Errors is everything that is invalid about a file, in the order of the lines.
// It is never empty when [Parse] returns it.
type Errors []*Error

// Error implements error: one line for each of them.
func (e Errors) Error() string {
	return errors.Join(e.Unwrap()...).Error()
}

// Unwrap returns the single errors, for errors.Is and errors.As.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}
