package thumbnail_test

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/samples/thumbnail"
)

// request is what a test asks of the chain.
type request struct {
	body          []byte
	contentType   string
	query, accept string
	limits        thumbnail.Limits
}

// event is the event that an adapter creates from the request.
func (r request) event() event.Event {
	ev := event.New()
	ev.SetID("01890a5d-ac96-774b-bcce-b302099a8057")
	ev.SetSource("/thumbnail")
	ev.SetType("homing.thumbnail")
	if r.contentType != "" {
		ev.SetDataContentType(r.contentType)
	}
	if r.query != "" {
		ev.SetExtension(functions.AttrHTTPQuery, r.query)
	}
	if r.accept != "" {
		ev.SetExtension(functions.HeaderAttr("Accept"), r.accept)
	}
	ev.DataEncoded, ev.DataBase64 = r.body, true
	return ev
}

// steps are the functions of the chain in their order.
func (r request) steps() []functions.Function {
	s := thumbnail.New(r.limits)
	return []functions.Function{s.Inspect, s.Resize, s.Encode}
}

// call runs the chain as a mono-vertex does: by plain calls.
func call(tb testing.TB, r request) (*event.Event, error) {
	tb.Helper()
	ev := r.event()
	out := &ev
	for _, step := range r.steps() {
		var err error
		if out, err = step(tb.Context(), *out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// thumb runs the chain and decodes its reply.
func thumb(tb testing.TB, r request) (m image.Image, contentType string) {
	tb.Helper()
	out, err := call(tb, r)
	if err != nil {
		tb.Fatal(err)
	}
	m, name, err := image.Decode(bytes.NewReader(out.Data()))
	if err != nil {
		tb.Fatalf("the reply is no picture: %v", err)
	}
	if want := "image/" + name; out.DataContentType() != want {
		tb.Errorf("the reply is declared %q but is %q", out.DataContentType(), want)
	}
	return m, out.DataContentType()
}

// statusOf returns the status of the reply to an error: 500 if it has none.
func statusOf(err error) int {
	if withStatus, ok := errors.AsType[*functions.Error](err); ok {
		return withStatus.StatusCode()
	}
	return http.StatusInternalServerError
}

func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want status %d", status)
	}
	if got := statusOf(err); got != status {
		t.Errorf("status %d (%v), want %d", got, err, status)
	}
}
