// Package httpbody reads the bodies of requests within a limit.
package httpbody

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/homing-dev/homing/functions"
)

// trustedLength is up to which a buffer is as large as the Content-Length
// claims. A larger one grows with what really comes, unless it is in a budget.
const trustedLength = 64 << 10

// Read reads a body of at most limit bytes. One whose length is larger is
// refused before any of it is read. The error is a [*functions.Error] with
// status 413, 408 (it did not come in time) or 400.
func Read(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // the body stays unread
		return nil, TooLarge(limit)
	}
	if r.ContentLength == 0 {
		return nil, nil
	}
	if n := r.ContentLength; n > 0 && (n <= trustedLength || isHeld(r.Body)) {
		data := make([]byte, n)
		if _, err := io.ReadFull(r.Body, data); err != nil {
			return nil, readError(err)
		}
		return data, nil
	}
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		return nil, readError(err)
	}
	return buf.Bytes(), nil
}

func readError(err error) error {
	var large *http.MaxBytesError // not before: it is an allocation
	switch {
	case errors.As(err, &large):
		return TooLarge(large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &functions.Error{Cause: err, Problem: functions.Problem{
			Status: http.StatusRequestTimeout,
			Detail: "the body did not come in time",
		}}
	default:
		return &functions.Error{Cause: err, Problem: functions.Problem{
			Status: http.StatusBadRequest,
			Detail: "the body could not be read: it ends before its Content-Length, or its chunks are malformed",
		}}
	}
}

// TooLarge is the error of a body of more than limit bytes.
func TooLarge(limit int64) error {
	return functions.Errorf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes, the limit of this route", limit)
}
