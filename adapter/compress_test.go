package adapter_test

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/coding"
)

// decoded returns the body of an answer without its codings.
func (g answer) decoded(t *testing.T) string {
	t.Helper()
	names, err := coding.Of(g.header)
	if err != nil {
		t.Fatal(err)
	}
	if g.header.Get("Content-Length") != strconv.Itoa(len(g.body)) {
		t.Errorf("the length of %d bytes is %v", len(g.body), g.header["Content-Length"])
	}
	if len(names) == 0 {
		return string(g.body)
	}
	data, err := coding.Undo(bytes.NewReader(g.body), names, 1<<24)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestBugAcceptEncodingWasIgnored(t *testing.T) {
	t.Parallel()
	tagged := chain("tagged", echo)
	tagged.Headers = []string{"X-Tag"}
	accepting := chain("accepting", echo)
	accepting.Headers = []string{"accept-encoding"}
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo), tagged, accepting}})
	body := strings.Repeat(`{"name":"Homing"}`, 200)
	for _, name := range []string{"gzip", "br", "zstd"} {
		for path, vary := range map[string]string{"/echo": "Accept-Encoding", "/tagged": "X-Tag, Accept-Encoding", "/accepting": "accept-encoding"} {
			got := s.do(http.MethodPost, path, body, "Content-Type", "application/json", "Accept-Encoding", name)
			if got.decoded(t) != body || got.header.Get("Content-Encoding") != name || len(got.body) > len(body)/4 {
				t.Errorf("%s in %s: got %v, %d bytes", path, name, got.header, len(got.body))
			}
			if all := strings.Join(got.header["Vary"], "|"); all != vary {
				t.Errorf("%s: Vary is %q", path, all)
			}
			plain := s.do(http.MethodPost, path, body, "Content-Type", "application/json", "Accept-Encoding", "identity")
			if string(plain.body) != body || strings.Join(plain.header["Vary"], "|") != vary || plain.header.Get("Content-Encoding") != "" {
				t.Errorf("%s: got %v", path, plain.header)
			}
		}
		ev := batchEvent("1", "homing.echo", `"`+strings.Repeat("Homing ", 300)+`"`)
		structured := s.do(http.MethodPost, "/events", ev, "Content-Type", "application/cloudevents+json", "Accept-Encoding", name)
		batch := s.do(http.MethodPost, "/events", "["+ev+"]", "Content-Type", "application/cloudevents-batch+json", "Accept-Encoding", name)
		for _, got := range []answer{structured, batch, s.do(http.MethodGet, "/openapi.json", "", "Accept-Encoding", name),
			s.do(http.MethodGet, "/metrics", "", "Accept-Encoding", name)} {
			if data := got.decoded(t); got.status != 200 || len(data) < 1000 || got.header.Get("Content-Encoding") != name {
				t.Errorf("%s: got %d %v %s", name, got.status, got.header, data)
			}
		}
	}
}

func TestWhatIsNotCompressed(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	long := strings.Repeat("Homing ", 1000)
	for name, tt := range map[string]struct{ body, contentType, accepted string }{
		"a picture":          {long, "image/jpeg", "gzip"},
		"short":              {"short", "text/plain", "gzip"},
		"refused":            {long, "text/plain", "gzip;q=0, *;q=0.0, identity"},
		"rather as it is":    {long, "text/plain", "gzip;q=0.1, identity;q=0.2"},
		"in no coding known": {long, "text/plain", "compress, deflate"},
	} {
		got := s.do(http.MethodPost, "/echo", tt.body, "Content-Type", tt.contentType, "Accept-Encoding", tt.accepted)
		if got.decoded(t) != tt.body || got.header.Get("Content-Encoding") != "" || got.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: got %v", name, got.header)
		}
	}
	got := s.do(http.MethodPost, "/echo", "short", "Content-Type", "image/png", "Accept-Encoding", "br, identity;q=0")
	if got.decoded(t) != "short" || got.header.Get("Content-Encoding") != "br" {
		t.Errorf("got %v", got.header)
	}
}

func TestNothingRunsForACallerWhoTakesNoAnswer(t *testing.T) {
	t.Parallel()
	ran := false
	s := serve(t, setup{chains: []functions.Chain{chain("echo", func(_ context.Context, in event.Event) (*event.Event, error) {
		ran = true
		return &in, nil
	})}})
	s.do(http.MethodPost, "/echo", "x", "Accept-Encoding", "identity;q=0, compress").problem(t, http.StatusNotAcceptable)
	if ran {
		t.Error("the chain ran")
	}
}

func TestCompressionIsSwitchedOff(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{cfg: adapter.Config{DisableCompression: true}, chains: []functions.Chain{chain("echo", echo)}})
	body := strings.Repeat("Homing ", 1000)
	got := s.do(http.MethodPost, "/echo", body, "Content-Type", "text/plain", "Accept-Encoding", "gzip, identity;q=0")
	if got.decoded(t) != body || len(got.header["Content-Encoding"])+len(got.header["Vary"]) > 0 {
		t.Errorf("got %v", got.header)
	}
}

// The answers of a fetch are compressed; a stream is not, since its events are to
// come at once.
func TestFetchedRepliesAreCompressedAndStreamsAreNot(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	body := strings.Repeat("Homing ", 1000)
	accepted := s.do(http.MethodPost, "/echo", body, "Content-Type", "text/plain", "Prefer", "respond-async", "Accept-Encoding", "gzip")
	accepted.status202(t)
	location := accepted.header.Get("Location")
	got := s.do(http.MethodGet, location, "", "Prefer", "wait=10", "Accept-Encoding", "zstd")
	if got.decoded(t) != body || got.header.Get("Content-Encoding") != "zstd" {
		t.Errorf("got %v", got.header)
	}
	stream := s.do(http.MethodGet, location, "", "Accept", "text/event-stream", "Accept-Encoding", "gzip")
	if !strings.Contains(string(stream.body), "event: reply\n") || stream.header.Get("Content-Encoding") != "" {
		t.Errorf("got %v %s", stream.header, stream.body)
	}
}

// A function that ignores its deadline is answered for in its place: that answer
// must not wait for it.
func TestAnOverdueAnswerComesWhateverIsAccepted(t *testing.T) {
	t.Parallel()
	g := newGated()
	c := chain("deaf", g.deaf)
	c.Timeout = 300 * time.Millisecond
	s := serve(t, setup{chains: []functions.Chain{c}})
	defer close(g.open)
	got := s.do(http.MethodPost, "/deaf", "x", "Accept-Encoding", "gzip, identity;q=0")
	if got.status != http.StatusGatewayTimeout || got.header.Get("Content-Encoding") != "gzip" || !strings.Contains(got.decoded(t), `"status":504`) {
		t.Errorf("got %d %v", got.status, got.header)
	}
}

// A large problem is an answer like any other.
func TestAProblemIsCompressed(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("fail", func(context.Context, event.Event) (*event.Event, error) {
		return nil, functions.Errorf(http.StatusConflict, "%s", strings.Repeat("taken ", 1000))
	})}})
	got := s.do(http.MethodPost, "/fail", "x", "Accept-Encoding", "br")
	if got.status != http.StatusConflict || got.header.Get("Content-Encoding") != "br" || !strings.Contains(got.decoded(t), "taken taken") {
		t.Errorf("got %d %v", got.status, got.header)
	}
}
