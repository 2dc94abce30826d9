package homingtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// With changes a request before it is sent.
type With func(*http.Request)

// Header sets a header of the request.
func Header(name, value string) With {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// Async asks for 202 at once; the reply is then had by [Response.Fetch] or
// [Response.Wait].
func Async() With { return Header("Prefer", "respond-async") }

// Key makes the call idempotent: it runs once, whatever often the key comes.
func Key(key string) With { return Header("Idempotency-Key", key) }

// Token names who calls, where [Config] has set tokens.
func Token(secret string) With { return Header("Authorization", "Bearer "+secret) }

// Get calls GET path, which may have a query.
func (a *App) Get(path string, with ...With) *Response {
	a.t.Helper()
	return a.Call(http.MethodGet, path, nil, with...)
}

// Post calls POST path. A body that is a string, []byte or io.Reader is sent as it
// is, nil sends none, and any other value is written as JSON. The content type is
// application/json, but for a body of bytes that are no JSON: that has the one which
// [http.DetectContentType] finds.
func (a *App) Post(path string, body any, with ...With) *Response {
	a.t.Helper()
	return a.Call(http.MethodPost, path, body, with...)
}

// Call is [App.Post] with any method.
func (a *App) Call(method, path string, body any, with ...With) *Response {
	a.t.Helper()
	data := a.bytes(body)
	r, err := http.NewRequestWithContext(a.t.Context(), method, path, bytes.NewReader(data))
	if err != nil {
		a.t.Fatalf("homingtest: %s %s: %v", method, path, err)
	}
	if len(data) > 0 {
		r.Header.Set("Content-Type", contentType(data))
	}
	return a.Do(r, with...)
}

// Event sends an event of this type to POST /events; its data is as the body of
// [App.Post]. The chain is chosen by the type: that of a chain that sets none is
// homing.NAME. The reply is an event, too, see [Response.Event]. An attribute is set
// by Header("ce-subject", "…").
func (a *App) Event(kind string, data any, with ...With) *Response {
	a.t.Helper()
	body := a.bytes(data)
	ev := event.New()
	ev.SetID(reply.NewID(time.Now(), reply.NewMailbox()).String())
	ev.SetSource("/homingtest")
	ev.SetType(kind)
	ev.DataEncoded = body
	if len(body) > 0 {
		ev.SetDataContentType(contentType(body))
	}
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, "/events", bytes.NewReader(body))
	if err == nil {
		err = cloudevents.SetHeaders(r.Header, ev)
	}
	if err != nil {
		a.t.Fatalf("homingtest: the event %s: %v", kind, err)
	}
	return a.Do(r, with...)
}

// Do sends a request, whose URL needs no more than a path. It returns when the call
// is answered, and a stream of events when that has ended.
func (a *App) Do(r *http.Request, with ...With) *Response {
	a.t.Helper()
	in := r.Clone(r.Context())
	for _, change := range with {
		change(in)
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = "example.com"
	}
	in.RequestURI, in.RemoteAddr = in.URL.RequestURI(), "192.0.2.1:1234"
	w := httptest.NewRecorder()
	a.adapter.ServeHTTP(w, in)
	return &Response{Status: w.Code, Header: w.Result().Header, Body: w.Body.Bytes(), app: a, request: in}
}

// bytes are those of a body.
func (a *App) bytes(body any) []byte {
	a.t.Helper()
	var data []byte
	var err error
	switch b := body.(type) {
	case nil:
	case []byte:
		data = b
	case json.RawMessage:
		data = b
	case string:
		data = []byte(b)
	case io.Reader:
		data, err = io.ReadAll(b)
	default:
		data, err = json.Marshal(b)
	}
	if err != nil {
		a.t.Fatalf("homingtest: the body of type %T: %v", body, err)
	}
	return data
}

func contentType(data []byte) string {
	if found := http.DetectContentType(data); !strings.HasPrefix(found, "text/plain") && !json.Valid(data) {
		return found
	}
	return "application/json"
}
