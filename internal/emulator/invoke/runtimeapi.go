package invoke

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// api is the Runtime API of the environment, version 2018-06-01, and as much
// of the Extensions API as it takes for a runtime that wants to hear SIGTERM.
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

// next gives the runtime its next invocation, when there is one.
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

// wait gives the next invocation, or nil if the runtime has gone.
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
// at once it cannot be known whose runtime asks: the longest answered is taken.
func (e *environment) arrived() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.isReady() {
		close(e.ready)
	}
	if len(e.answered) > 0 {
		close(e.answered[0].settled)
		e.answered = e.answered[1:]
	}
}

// take finds the invocation that a runtime answers; each can be taken once.
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

func (e *environment) finish(inv *invocation, r Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	inv.answer(r)
	e.answered = append(e.answered, inv)
}

func (e *environment) error(w http.ResponseWriter, r *http.Request) {
	inv := e.take(w, r)
	if inv == nil {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse))
	if err != nil {
		return // the process is ending, which tells more
	}
	e.finish(inv, functionFailed(body))
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
		f.ErrorType = "Runtime.Unknown" // the body is handed on as it is
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
