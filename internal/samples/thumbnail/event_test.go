package thumbnail_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/samples/thumbnail"
)

func TestInspectNotesWhatItFound(t *testing.T) {
	t.Parallel()
	r := request{
		body:  withEXIF(asJPEG(t, gradient(30, 20)), 6),
		query: "w=10", accept: "image/png", contentType: "application/octet-stream",
	}
	in := r.event()
	before, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.steps()[0](t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"httpquery": "w=10", "httpaccept": "image/png",
		thumbnail.AttrFormat: "jpeg", thumbnail.AttrWidth: int32(30), thumbnail.AttrHeight: int32(20),
		thumbnail.AttrOrientation: int32(6),
	}
	if got := out.Extensions(); !maps.Equal(got, want) {
		t.Errorf("attributes %v, want %v", got, want)
	}
	if out.DataContentType() != "image/jpeg" || out.ID() != in.ID() || out.Type() != in.Type() {
		t.Errorf("wrong attributes:\n%v", out)
	}
	if &out.DataEncoded[0] != &r.body[0] {
		t.Error("the data was copied")
	}
	after, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Errorf("the event of the caller was changed:\n%s\n%s", before, after)
	}
}

func TestAttributesDescribeTheDataThatTheyComeWith(t *testing.T) {
	t.Parallel()
	r := request{body: withEXIF(asJPEG(t, gradient(40, 20)), 8), query: "h=20"}
	ev := r.event()
	want := []map[string]any{
		{"imageformat": "jpeg", "imagewidth": int32(40), "imageheight": int32(20), "imageorientation": int32(8)},
		{"imageformat": "png", "imagewidth": int32(10), "imageheight": int32(20), "imageorientation": int32(1)},
		{"imageformat": "jpeg", "imagewidth": int32(10), "imageheight": int32(20), "imageorientation": int32(1)},
	}
	for i, step := range r.steps() {
		out, err := step(t.Context(), ev)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range want[i] {
			if got := out.Extensions()[name]; got != value {
				t.Errorf("after step %d %s is %v, want %v", i, name, got, value)
			}
		}
		if err := out.Validate(); err != nil {
			t.Errorf("after step %d: %v", i, err)
		}
		ev = *out
	}
}

func TestForgedOrientationIsNotBelieved(t *testing.T) {
	t.Parallel()
	for _, forged := range []any{int32(0), int32(9), int32(-1), "9", "up", "", true} {
		r := request{body: withEXIF(asJPEG(t, gradient(40, 20)), 6)}
		ev := r.event()
		ev.SetExtension(thumbnail.AttrOrientation, forged)
		out, err := r.steps()[1](t.Context(), ev)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Extensions()[thumbnail.AttrWidth]; got != int32(20) {
			t.Errorf("with orientation %v the width is %v, want 20 as the EXIF data has it", forged, got)
		}
	}
}

func TestEventWithoutContextIsHandled(t *testing.T) {
	t.Parallel()
	r := request{}
	for _, step := range r.steps() {
		out, err := step(t.Context(), event.Event{DataEncoded: asPNG(t, gradient(4, 4))})
		if err != nil {
			t.Fatal(err)
		}
		if out.DataContentType() == "" {
			t.Error("the content type is not set")
		}
	}
}

func TestStepsStopWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := request{body: asPNG(t, gradient(4, 4))}
	for i, step := range r.steps() {
		if _, err := step(ctx, r.event()); !errors.Is(err, context.Canceled) {
			t.Errorf("step %d: got %v, want context.Canceled", i, err)
		}
	}
}

// countdown is a context that ends after its error was asked for some times.
type countdown struct {
	context.Context //nolint:containedctx // it is one.

	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestStepsStopInTheMidstOfTheirWork(t *testing.T) {
	t.Parallel()
	for name, body := range map[string][]byte{
		"JPEG": asJPEG(t, gradient(600, 500)),
		"PNG":  asPNG(t, gradient(600, 500)),
	} {
		r := request{body: body, query: "w=500"}
		whole := &countdown{t.Context(), 1 << 30}
		if _, err := r.steps()[1](whole, r.event()); err != nil {
			t.Fatal(err)
		}
		checks := 1<<30 - whole.left
		if checks < 10 {
			t.Errorf("%s: the context was looked at %d times, want 10 or more", name, checks)
		}
		for _, left := range []int{1, checks / 4, checks / 2, checks - 1} {
			_, err := r.steps()[1](&countdown{t.Context(), left}, r.event())
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: ended at check %d of %d: got %v, want the error of the context", name, left, checks, err)
			}
		}
	}
}
