package invoke

import (
	"encoding/base64"
	"io"
	"net/http"
	"time"
)

const (
	trailerErrorType = "Lambda-Runtime-Function-Error-Type"
	trailerErrorBody = "Lambda-Runtime-Function-Error-Body"
	// readOn is how much of a response that is too large is read on, so that
	// the runtime can finish sending and read the refusal.
	readOn = 64 << 20
	// endTime is how long the end of a process is waited for, which a response
	// that breaks off announces.
	endTime = time.Second
)

// response takes the answer of a function, whole or in chunks. A runtime that
// fails while it sends says so in trailers.
func (e *environment) response(w http.ResponseWriter, r *http.Request) {
	inv := e.take(w, r)
	if inv == nil {
		return
	}
	payload, size, err := read(inv, r)
	limit := int64(MaxResponse)
	if inv.stream != nil {
		limit = MaxStream
	}
	switch {
	case err != nil:
		e.broken(inv)
	case size > limit:
		f := failSize(limit)
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, readOn))
		e.finish(inv, f.result())
		writeJSON(w, http.StatusRequestEntityTooLarge, f)
	case r.Trailer.Get(trailerErrorType) != "":
		e.finish(inv, trailerError(r.Trailer))
		accepted(w)
	default:
		e.finish(inv, Result{Payload: payload})
		accepted(w)
	}
}

// read takes the body into memory, or hands it to the stream of the caller.
func read(inv *invocation, r *http.Request) (payload []byte, size int64, err error) {
	if inv.stream == nil {
		payload, err = io.ReadAll(io.LimitReader(r.Body, MaxResponse+1))
		return payload, int64(len(payload)), err
	}
	inv.stream.begin(r.Header.Get("Content-Type"))
	size, err = io.Copy(&deaf{w: inv.stream.w}, io.LimitReader(r.Body, MaxStream+1))
	return nil, size, err
}

// deaf hands on what is written until its reader has gone, and swallows the
// rest: on Lambda a function does not hear that its caller has left.
type deaf struct {
	w    io.Writer
	gone bool
}

func (d *deaf) Write(b []byte) (int, error) {
	if !d.gone {
		_, err := d.w.Write(b)
		d.gone = err != nil
	}
	return len(b), nil
}

// broken is for a response that ended before its end. Mostly the process is
// ending, and how it does says more than this.
func (e *environment) broken(inv *invocation) {
	timer := time.NewTimer(endTime)
	defer timer.Stop()
	select {
	case <-inv.answered: // by the end of the process, or by what ended it
	case <-timer.C:
		e.finish(inv, failTruncated(inv.id).result())
	}
}

// trailerError is the error of a function that failed in the middle of its
// answer.
func trailerError(trailer http.Header) Result {
	body, err := base64.StdEncoding.DecodeString(trailer.Get(trailerErrorBody))
	if err != nil || len(body) == 0 {
		return failure{ErrorType: trailer.Get(trailerErrorType)}.result()
	}
	r := functionFailed(body)
	r.ErrorType = trailer.Get(trailerErrorType)
	return r
}
