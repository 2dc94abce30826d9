package invoke

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	trailerErrorType = "Lambda-Runtime-Function-Error-Type"
	trailerErrorBody = "Lambda-Runtime-Function-Error-Body"
	// readOn is how much of a response that is too large is read on, so that
	// the runtime can finish sending and read the rejection.
	readOn = 64 << 20
	// endTime is how long the end of a process is waited for that is announced by
	// a response that breaks off, or by a runtime that has gone.
	endTime = time.Second
)

// api is the Runtime API of the environment, version 2018-06-01, and as much
// of the Extensions API as it takes for a runtime that wants SIGTERM.
func (e *environment) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", e.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", e.error)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", e.failedInit)
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", newID())
		writeJSON(w, http.StatusOK, map[string]string{
			"functionName": e.function.Name, "functionVersion": Latest, "handler": bootstrap,
		})
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // no event is ever sent; the signals are what is wanted
	})
	return mux
}

// next answers with the next invocation, when there is one.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	e.arrived()
	inv := e.wait(r.Context().Done())
	if inv == nil {
		e.service.leave(e)
		return
	}
	inv.deadline = time.Now().Add(e.function.Timeout)
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", e.function.ARN)
	header.Set("Lambda-Runtime-Trace-Id", inv.trace)
	if inv.clientContext != "" {
		header.Set("Lambda-Runtime-Client-Context", inv.clientContext)
	}
	header.Set("Content-Length", strconv.Itoa(len(inv.payload)))
	close(inv.delivered)
	_, _ = w.Write(inv.payload) // a runtime that is gone is seen by its process
}

// wait returns the next invocation, or nil if the runtime has gone.
func (e *environment) wait(gone <-chan struct{}) *invocation {
	for {
		select {
		case inv := <-e.work:
			if inv.claimed.CompareAndSwap(false, true) {
				return inv
			}
		case <-gone:
			return nil
		}
	}
}

// arrived notes that the runtime is ready for work. With several invocations
// at once it cannot be known whose runtime asks: the longest completed is taken.
func (e *environment) arrived() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !isClosed(e.ready) {
		close(e.ready)
	}
	if len(e.completed) > 0 {
		close(e.completed[0].released)
		e.completed = e.completed[1:]
	}
}

// take finds the invocation to which a runtime responds; each can be taken
// once.
func (e *environment) take(w http.ResponseWriter, r *http.Request) *invocation {
	e.mu.Lock()
	defer e.mu.Unlock()
	inv := e.inflight[r.PathValue("id")]
	if inv == nil {
		writeJSON(w, http.StatusBadRequest, failure{"InvalidRequestID", "Invalid request ID"})
		return nil
	}
	delete(e.inflight, inv.id)
	return inv
}

func (e *environment) complete(inv *invocation, r Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	inv.complete(r)
	e.completed = append(e.completed, inv)
}

// response takes the response of a function, whole or in chunks. A runtime that
// fails while it sends has the error in trailers.
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
		f := failure{
			"Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", limit),
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, readOn))
		e.complete(inv, f.result())
		writeJSON(w, http.StatusRequestEntityTooLarge, f)
	case r.Trailer.Get(trailerErrorType) != "":
		e.complete(inv, trailerError(r.Trailer))
		accepted(w)
	default:
		e.complete(inv, Result{Payload: payload})
		accepted(w)
	}
}

// read reads the body into memory, or writes it to the stream of the caller.
func read(inv *invocation, r *http.Request) (payload []byte, size int64, err error) {
	if inv.stream == nil {
		payload, err = io.ReadAll(io.LimitReader(r.Body, MaxResponse+1))
		return payload, int64(len(payload)), err
	}
	inv.stream.begin(r.Header.Get("Content-Type"))
	size, err = io.Copy(&forgiving{w: inv.stream.w}, io.LimitReader(r.Body, MaxStream+1))
	return nil, size, err
}

// forgiving passes on what is written until its reader has gone, and drops the
// rest: on Lambda a function does not notice that its caller has left.
type forgiving struct {
	w    io.Writer
	gone bool
}

func (f *forgiving) Write(b []byte) (int, error) {
	if !f.gone {
		_, err := f.w.Write(b)
		f.gone = err != nil
	}
	return len(b), nil
}

// broken is for a response that ended before its end. Mostly the process is
// ending, and how it does is a better error than this.
func (e *environment) broken(inv *invocation) {
	select {
	case <-inv.completed: // by the end of the process, or by what ended it
	case <-time.After(endTime):
		e.complete(inv, failed("Runtime.TruncatedResponse", inv.id, "the response ended early").result())
	}
}

// trailerError is the error of a function that failed in the middle of its
// response.
func trailerError(trailer http.Header) Result {
	body, err := base64.StdEncoding.DecodeString(trailer.Get(trailerErrorBody))
	if err != nil || len(body) == 0 {
		return failure{ErrorType: trailer.Get(trailerErrorType)}.result()
	}
	r := functionFailed(body)
	r.ErrorType = trailer.Get(trailerErrorType)
	return r
}

func (e *environment) error(w http.ResponseWriter, r *http.Request) {
	inv := e.take(w, r)
	if inv == nil {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse))
	if err != nil {
		return // the process is ending, and how it does is the error
	}
	e.complete(inv, functionFailed(body))
	accepted(w)
}

func (e *environment) failedInit(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse))
	if err != nil {
		return
	}
	result := functionFailed(body)
	e.mu.Lock()
	e.initError = &result
	e.mu.Unlock()
	accepted(w)
}

// functionFailed is the result of an error that the function reports itself.
func functionFailed(body []byte) Result {
	var f failure
	if err := json.Unmarshal(body, &f); err != nil {
		f.ErrorType = "Runtime.Unknown" // the body is passed on as it is
	}
	return Result{FunctionError: Unhandled, ErrorType: f.ErrorType, Payload: body}
}

func accepted(w http.ResponseWriter) {
	writeJSON(w, http.StatusAccepted, map[string]string{"status": "OK"})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // never, of what this package has
		body, status = []byte("{}"), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
