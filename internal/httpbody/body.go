// Package httpbody reads the bodies of requests within a limit, without their
// content codings.
package httpbody

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/coding"
)

// trustedLength is up to which a buffer is as large as the Content-Length
// claims. A larger one grows with what really comes, unless it is in a budget.
const trustedLength = 64 << 10

// Read reads a body of at most limit bytes. One whose length is larger is
// refused before any of it is read. The error is a [*functions.Error] with
// status 413, 408 (it did not come in time), 400, or 415 for a content coding that
// is not known; then w has an Accept-Encoding (RFC 9110 section 15.5.16).
//
// Content codings are undone, within the limit too. The header of r is then as if
// there had been none.
func Read(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if len(r.Header["Content-Encoding"]) > 0 {
		return readCoded(w, r, limit)
	}
	return read(w, r, limit)
}

func read(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
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
			return nil, readError(w, err, limit)
		}
		return data, nil
	}
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		return nil, readError(w, err, limit)
	}
	return buf.Bytes(), nil
}

// readCoded reads a body that is coded, or said to be.
func readCoded(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	codings, err := coding.Of(r.Header)
	if err != nil {
		w.Header().Set("Accept-Encoding", coding.Accepted)
		return nil, functions.Errorf(http.StatusUnsupportedMediaType, "header Content-Encoding: %w; send %s, or none", err, coding.Accepted)
	}
	var data []byte
	switch {
	case len(codings) == 0:
		data, err = read(w, r, limit)
	case r.ContentLength > coding.Limit(limit, len(codings)):
		w.Header().Set("Connection", "close") // the body stays unread
		return nil, TooLarge(limit)
	case r.ContentLength != 0:
		if data, err = coding.Undo(r.Body, codings, limit); err != nil {
			err = readError(w, err, limit)
		}
	}
	if err != nil {
		return nil, err
	}
	coding.Strip(r.Header, len(data))
	return data, nil
}

func readError(w http.ResponseWriter, err error, limit int64) error {
	var large *http.MaxBytesError // not before: it is an allocation
	var broken *coding.BrokenError
	switch {
	case errors.As(err, &large), errors.Is(err, coding.ErrTooLarge):
		w.Header().Set("Connection", "close") // the rest stays unread
		return TooLarge(limit)
	case errors.As(err, &broken):
		return &functions.Error{Cause: err, Problem: functions.Problem{
			Status: http.StatusBadRequest,
			Detail: "header Content-Encoding: the body is no whole " + string(broken.Coding) + " stream",
		}}
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
