package adapter_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

// coded returns text with codings, in that order.
func coded(t *testing.T, text string, codings ...string) string {
	t.Helper()
	for _, c := range codings {
		var out bytes.Buffer
		var w io.WriteCloser
		var err error
		switch strings.ToLower(c) {
		case "gzip", "x-gzip":
			w = gzip.NewWriter(&out)
		case "deflate":
			w = zlib.NewWriter(&out)
		case "br":
			w = brotli.NewWriter(&out)
		case "zstd":
			w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
		case "identity":
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		text = out.String()
	}
	return text
}

// seeing is a chain whose reply shows what its function sees of the codings.
func seeing() functions.Chain {
	c := chain("seen", seen)
	c.Headers = []string{"Content-Encoding", "X-Tag"}
	return c
}

func TestBugACodedRequestReachedTheFunctionAsItIs(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{seeing(), chain("echo", echo)}})
	text := strings.Repeat(`{"a":"ü"}`, 1000)
	for _, codings := range [][]string{
		{"gzip"}, {"br"}, {"zstd"}, {"deflate"}, {"X-GZip"}, {"identity"}, {"Deflate", "IDENTITY", "br"}, {"gzip", "br", "zstd", "deflate"},
	} {
		body := coded(t, text, codings...)
		for _, headers := range [][]string{{"Content-Encoding", strings.Join(codings, ", ")}, lines(codings)} {
			name := strings.Join(headers, " ")
			s.do(http.MethodPost, "/echo", body, headers...).is(t, http.StatusOK, text)
			got := s.do(http.MethodPost, "/seen", body, headers...)
			if got.status != http.StatusOK || strings.Contains(strings.ToLower(string(got.body)), "encoding") {
				t.Errorf("%s: got %d %s", name, got.status, got.body)
			}
			binary := append([]string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/", "Ce-Type", "homing.echo"}, headers...)
			s.do(http.MethodPost, "/events", body, binary...).is(t, http.StatusOK, text)
			event := batchEvent("1", "homing.echo", `"ü"`)
			one := s.do(http.MethodPost, "/events", coded(t, event, codings...),
				append([]string{"Content-Type", "application/cloudevents+json"}, headers...)...)
			all := s.do(http.MethodPost, "/events", coded(t, "["+event+"]", codings...),
				append([]string{"Content-Type", "application/cloudevents-batch+json"}, headers...)...)
			if !bytes.Contains(one.body, []byte(`"data":"ü"`)) || !bytes.Contains(all.body, []byte(`"data":"ü"`)) {
				t.Errorf("%s: got %s and %s", name, one.body, all.body)
			}
		}
	}
}

// lines has a header line for each coding.
func lines(codings []string) []string {
	var out []string
	for _, c := range codings {
		out = append(out, "Content-Encoding", c)
	}
	return out
}

func TestACodedRequestIsRefused(t *testing.T) {
	t.Parallel()
	small := chain("small", echo)
	small.MaxBody = 1000
	s := serve(t, setup{chains: []functions.Chain{small, chain("echo", echo)}, cfg: adapter.Config{MaxBody: 1 << 20}})
	bomb, body := coded(t, strings.Repeat("x", 1<<21), "gzip"), coded(t, "x", "gzip")
	for name, tt := range map[string]struct {
		coding, body string
		status       int
	}{
		"bomb":       {"gzip", bomb, http.StatusRequestEntityTooLarge},
		"two bombs":  {"gzip, br", coded(t, bomb, "br"), http.StatusRequestEntityTooLarge},
		"broken":     {"gzip", "{}", http.StatusBadRequest},
		"cut short":  {"gzip", body[:len(body)-2], http.StatusBadRequest},
		"longer":     {"gzip", body + "x", http.StatusBadRequest},
		"unknown":    {"gzip, compress", body, http.StatusUnsupportedMediaType},
		"not at all": {"*", body, http.StatusUnsupportedMediaType},
	} {
		for path, headers := range map[string][]string{
			"/echo": nil, "/small": nil, "/events": {"Content-Type", "application/cloudevents+json"},
			"/events?batch":  {"Content-Type", "application/cloudevents-batch+json"},
			"/events?binary": {"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/", "Ce-Type", "homing.echo"},
		} {
			got := s.do(http.MethodPost, path, tt.body, append([]string{"Content-Encoding", tt.coding}, headers...)...)
			p := got.problem(t, tt.status)
			if accepted := got.header.Get("Accept-Encoding"); (accepted == "gzip, deflate, br, zstd") != (tt.status == 415) {
				t.Errorf("%s, %s: Accept-Encoding: %q of %+v", name, path, accepted, p)
			}
		}
	}
}

// The rest of the bomb never comes: the answer does not wait for it.
func TestABombIsAnsweredBeforeItsEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}, cfg: adapter.Config{MaxBody: 1000}})
	bomb := coded(t, strings.Repeat("x", 1<<23), "gzip")
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = io.WriteString(w, bomb[:len(bomb)-100]) }()
	s.doContext(t.Context(), http.MethodPost, "/echo", r, "Content-Encoding", "gzip").problem(t, http.StatusRequestEntityTooLarge)
}

func TestACallIsTheSameUnderItsKeyWhateverItsCoding(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{seeing()}})
	first := s.do(http.MethodPost, "/seen", "text", "Idempotency-Key", "k", "Content-Type", "text/plain")
	for _, codings := range [][]string{{"identity"}, {"gzip"}, {"br", "zstd"}} {
		got := s.do(http.MethodPost, "/seen", coded(t, "text", codings...), "Idempotency-Key", "k", "Content-Type", "text/plain",
			"Content-Encoding", strings.Join(codings, ","))
		if got.status != http.StatusOK || got.header.Get("Idempotency-Replayed") != "true" || !bytes.Equal(got.body, first.body) {
			t.Errorf("%v: got %d %v %s", codings, got.status, got.header, got.body)
		}
	}
	s.do(http.MethodPost, "/seen", coded(t, "other", "gzip"), "Idempotency-Key", "k", "Content-Type", "text/plain",
		"Content-Encoding", "gzip").problem(t, http.StatusUnprocessableEntity)
}

func TestACodedReplyIsTaken(t *testing.T) {
	t.Parallel()
	e := far(t, setup{cfg: adapter.Config{MaxReply: 1000}})
	got := e.call()
	id := (<-e.sent).ID()
	reply, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": "r", "source": "/far", "type": "r", "replytoken": e.token(id), "data": "done",
	})
	if err != nil {
		t.Fatal(err)
	}
	put := func(body string, coding string) answer {
		return e.do(http.MethodPut, fmt.Sprintf("/requests/%s/reply", id), body,
			"Content-Type", "application/cloudevents+json", "Content-Encoding", coding, "Ce-Replytoken", e.token(id))
	}
	put(coded(t, strings.Repeat(" ", 1001), "gzip"), "gzip").problem(t, http.StatusRequestEntityTooLarge)
	put("{}", "gzip").problem(t, http.StatusBadRequest)
	put(string(reply), "lzma").problem(t, http.StatusUnsupportedMediaType)
	put(coded(t, string(reply), "zstd"), "zstd").is(t, http.StatusNoContent, "")
	(<-got).is(t, http.StatusOK, `"done"`)
}
