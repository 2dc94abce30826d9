package homingtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// Response is what a call was answered.
type Response struct {
	Status int
	Header http.Header
	Body   []byte

	app     *App
	request *http.Request
}

// Want ends the test unless the response has this status, and returns it.
func (r *Response) Want(status int) *Response {
	r.app.t.Helper()
	if r.Status != status {
		r.app.t.Fatalf("homingtest: %s: status %d, want %d; the body is %s", r, r.Status, status, r.excerpt())
	}
	return r
}

// String is the call: its method and path.
func (r *Response) String() string { return r.request.Method + " " + r.request.URL.String() }

// Text is the body.
func (r *Response) Text() string { return string(r.Body) }

// JSON reads the body into v, a pointer. The test ends if it cannot, also because v
// lacks a field.
func (r *Response) JSON(v any) {
	r.app.t.Helper()
	dec := json.NewDecoder(bytes.NewReader(r.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		r.app.t.Fatalf("homingtest: %s: %v; status %d, the body is %s", r, err, r.Status, r.excerpt())
	}
}

// Problem reads the document of an error. The test ends if the response is none.
func (r *Response) Problem() functions.Problem {
	r.app.t.Helper()
	var p functions.Problem
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if media != functions.ProblemContentType {
		r.app.t.Fatalf("homingtest: %s: status %d is no problem; the body is %s", r, r.Status, r.excerpt())
	}
	if err := json.Unmarshal(r.Body, &p); err != nil {
		r.app.t.Fatalf("homingtest: %s: read the problem: %v; the body is %s", r, err, r.excerpt())
	}
	return p
}

// Event reads the event of a reply to [App.Event]. The test ends if the response is
// none.
func (r *Response) Event() event.Event {
	r.app.t.Helper()
	ev, err := cloudevents.Read(r.Header, r.Body)
	if err != nil {
		r.app.t.Fatalf("homingtest: %s: read the event: %v; status %d, the body is %s", r, err, r.Status, r.excerpt())
	}
	return ev
}

// RequestID is the id of the request, or "" if the response has none.
func (r *Response) RequestID() string { return r.Header.Get("X-Request-ID") }

// Fetch asks once for the reply of an [Async] call: 202 while it runs.
func (r *Response) Fetch(with ...With) *Response {
	r.app.t.Helper()
	location := r.Header.Get("Location")
	if location == "" {
		r.app.t.Fatalf("homingtest: %s: there is no Location; status %d, the body is %s", r, r.Status, r.excerpt())
	}
	return r.app.Call(http.MethodGet, location, nil, append([]With{r.sameCaller}, with...)...)
}

// Wait waits for the reply of an [Async] call. That comes at the deadline of the
// chain at the latest.
func (r *Response) Wait(with ...With) *Response {
	r.app.t.Helper()
	for {
		got := r.Fetch(append([]With{Header("Prefer", "wait=10")}, with...)...)
		if got.Status != http.StatusAccepted {
			return got
		}
		if err := r.app.t.Context().Err(); err != nil {
			r.app.t.Fatalf("homingtest: %s: wait for the reply: %v", r, err)
		}
	}
}

// Cancel cancels an [Async] call: 204, or 409 once it has completed.
func (r *Response) Cancel(with ...With) *Response {
	r.app.t.Helper()
	return r.app.Call(http.MethodDelete, r.Header.Get("Location"), nil, append([]With{r.sameCaller}, with...)...)
}

// sameCaller sends the token that the call had.
func (r *Response) sameCaller(to *http.Request) {
	if token := r.request.Header.Get("Authorization"); token != "" {
		to.Header.Set("Authorization", token)
	}
}

// excerpt is what a message shows of the body.
func (r *Response) excerpt() string {
	const most = 1000
	if len(r.Body) == 0 {
		return "empty"
	}
	return strings.TrimSpace(string(r.Body[:min(most, len(r.Body))]))
}
