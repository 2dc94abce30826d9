package tracing

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// kindOf returns what error.type is of an error: the status of a problem, how its
// context has ended, or the type of the error at the root.
func kindOf(err error) string {
	var coded interface{ StatusCode() int }
	switch {
	case errors.As(err, &coded):
		return strconv.Itoa(coded.StatusCode())
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return fmt.Sprintf("%T", err)
		}
		err = next
	}
}
