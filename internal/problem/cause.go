package problem

import (
	"strings"

	"github.com/homing-dev/homing/functions"
)

// ForLog returns err with a text that has all causes: that of a
// [*functions.Error] is for the caller, and leaves its Cause out.
func ForLog(err error) error {
	if err == nil {
		return nil
	}
	return logged{err}
}

type logged struct{ error }

// Unwrap returns the error as it is.
func (l logged) Unwrap() error { return l.error }

func (l logged) Error() string {
	text := l.error.Error()
	for _, cause := range causes(l.error, nil) {
		if !strings.Contains(text, cause) {
			text += ": " + cause
		}
	}
	return text
}

// causes are the texts of the causes of all problems in the tree of err, from the
// outside in.
func causes(err error, found []string) []string {
	if own, ok := err.(*functions.Error); ok { //nolint:errorlint // the tree is walked here
		if own == nil || own.Cause == nil {
			return found
		}
		return causes(own.Cause, append(found, own.Cause.Error()))
	}
	switch u := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() error }:
		if inner := u.Unwrap(); inner != nil {
			return causes(inner, found)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			found = causes(inner, found)
		}
	}
	return found
}
