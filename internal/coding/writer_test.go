package coding_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/coding"
)

var text = strings.Repeat(`{"name":"Homing"}`, 100)

// answered serves what a handler answers to a caller with an Accept-Encoding.
func answered(t *testing.T, method, accepted string, handle http.HandlerFunc) *http.Response {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := coding.NewWriter(w, coding.Negotiate(r.Header["Accept-Encoding"]))
		handle(out, r)
		out.Close()
	}))
	t.Cleanup(srv.Close)
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", accepted)
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// read returns the body of an answer as it came, and without its coding.
func read(t *testing.T, resp *http.Response) (raw []byte, decoded string) {
	t.Helper()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	names, err := coding.Of(resp.Header)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		return raw, string(raw)
	}
	data, err := coding.Undo(bytes.NewReader(raw), names, 1<<24)
	if err != nil {
		t.Fatal(err)
	}
	return raw, string(data)
}

// writes answers text of a type, by parts of n bytes.
func writes(n int, announced bool, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		if announced {
			w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		}
		w.WriteHeader(http.StatusCreated)
		for rest := text; rest != ""; rest = rest[min(n, len(rest)):] {
			_, _ = io.WriteString(w, rest[:min(n, len(rest))])
		}
	}
}

func TestAnAnswerIsCodedAsItsCallerAccepts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gzip", "br", "zstd"} {
		for what, handle := range map[string]http.HandlerFunc{
			"at once": writes(1<<20, true), "in parts": writes(100, true), "without its length": writes(1000, false),
			"with an ETag": writes(1<<20, true, "ETag", `"x"`, "Accept-Ranges", "bytes"),
		} {
			resp := answered(t, http.MethodPost, name, handle)
			raw, data := read(t, resp)
			h := resp.Header
			if resp.StatusCode != http.StatusCreated || h.Get("Content-Encoding") != name || data != text || len(raw) >= len(text)/2 ||
				h.Get("Content-Length") != strconv.Itoa(len(raw)) || h.Get("Accept-Ranges") != "" {
				t.Errorf("%s, %s: got %d %v, %d bytes, %q", name, what, resp.StatusCode, h, len(raw), data)
			}
			if tag := h.Get("ETag"); tag != "" && tag != `W/"x"` {
				t.Errorf("%s: ETag %s", name, tag)
			}
		}
	}
}

func TestAnAnswerThatIsNotToBeCodedIsSentAsItIs(t *testing.T) {
	t.Parallel()
	noise := string(noise(5000))
	short := strings.Repeat("x", coding.MinLength-1)
	send := func(body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			_, _ = io.WriteString(w, body)
		}
	}
	for name, tt := range map[string]struct {
		accepted, body string
		handle         http.HandlerFunc
	}{
		"not accepted":    {"identity", text, send(text, "ETag", `"x"`)},
		"a picture":       {"gzip", text, send(text, "Content-Type", "image/png")},
		"of no type":      {"gzip", text, send(text, "Content-Type", "")},
		"short":           {"gzip", short, send(short)},
		"short, at once":  {"gzip", short, send(short, "Content-Length", strconv.Itoa(len(short)))},
		"noise":           {"zstd", noise, send(noise)},
		"no-transform":    {"gzip", text, send(text, "Cache-Control", "no-store, No-Transform")},
		"a range":         {"gzip", text, send(text, "Content-Range", "bytes 0-1699/9999")},
		"with its digest": {"gzip", text, send(text, "Content-Digest", "sha-256=:x:")},
		"empty":           {"gzip", "", send("")},
		"without a write": {"gzip", "", func(http.ResponseWriter, *http.Request) {}},
		"a stream":        {"gzip, identity;q=0", text, send(text, "Content-Type", "text/event-stream")},
	} {
		resp := answered(t, http.MethodPost, tt.accepted, tt.handle)
		raw, _ := read(t, resp)
		if string(raw) != tt.body || resp.Header.Get("Content-Encoding") != "" || strings.HasPrefix(resp.Header.Get("ETag"), "W/") {
			t.Errorf("%s: got %v, %d bytes", name, resp.Header, len(raw))
		}
	}
}

func TestAnAnswerThatIsCodedAlreadyIsSentAsItIs(t *testing.T) {
	t.Parallel()
	body := coded(t, []byte(text), "br")
	resp := answered(t, http.MethodPost, "gzip, br", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Encoding", "br")
		_, _ = w.Write(body)
	})
	if raw, data := read(t, resp); !bytes.Equal(raw, body) || data != text {
		t.Errorf("got %v, %q", resp.Header, raw)
	}
}

// Who takes no answer without a coding gets a short one and a picture coded, too.
func TestAnAnswerIsCodedWhereItMustBe(t *testing.T) {
	t.Parallel()
	resp := answered(t, http.MethodPost, "identity;q=0, gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = io.WriteString(w, "png")
	})
	if _, data := read(t, resp); data != "png" || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("got %v, %q", resp.Header, data)
	}
}

func TestAnswersWithoutABody(t *testing.T) {
	t.Parallel()
	get, head := answered(t, http.MethodGet, "gzip", writes(1<<20, true)), answered(t, http.MethodHead, "gzip", writes(1<<20, true))
	for _, name := range []string{"Content-Encoding", "Content-Length", "Content-Type"} {
		if get.Header.Get(name) == "" || get.Header.Get(name) != head.Header.Get(name) {
			t.Errorf("%s: %q to GET, %q to HEAD", name, get.Header.Get(name), head.Header.Get(name))
		}
	}
	if raw, _ := read(t, head); len(raw) > 0 {
		t.Errorf("HEAD is answered %q", raw)
	}
	bare := answered(t, http.MethodHead, "gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", "5000")
		w.WriteHeader(http.StatusOK)
	})
	if bare.Header.Get("Content-Length") != "5000" || bare.Header.Get("Content-Encoding") != "" {
		t.Errorf("got %v", bare.Header)
	}
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified} {
		resp := answered(t, http.MethodPost, "gzip, identity;q=0", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"x"`)
			w.WriteHeader(status)
			w.WriteHeader(http.StatusOK)
		})
		if resp.StatusCode != status || resp.Header.Get("Content-Encoding") != "" || resp.Header.Get("ETag") != `"x"` {
			t.Errorf("got %d %v", resp.StatusCode, resp.Header)
		}
	}
}

// What is flushed reaches its reader before the answer ends.
func TestAFlushedAnswerIsNotHeldBack(t *testing.T) {
	t.Parallel()
	seen := make(chan struct{})
	resp := answered(t, http.MethodPost, "gzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		select {
		case <-seen:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, " second")
		w.(http.Flusher).Flush()
	})
	first := make([]byte, len("first"))
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "first" {
		t.Fatalf("got %q, %v", first, err)
	}
	close(seen)
	if raw, _ := read(t, resp); string(raw) != " second" {
		t.Errorf("got %q", raw)
	}
}

// An answer with its length is complete before the handler returns: after it no
// write is taken.
func TestAWholeAnswerIsSentBeforeItsHandlerReturns(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	out := coding.NewWriter(w, coding.Choice{Coding: coding.Gzip})
	out.Header().Set("Content-Type", "text/plain")
	out.Header().Set("Content-Length", strconv.Itoa(len(text)))
	if n, err := io.WriteString(out, text); n != len(text) || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if w.Body.Len() == 0 || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("got %v", w.Header())
	}
	out.Flush()
	if _, err := out.Write([]byte("x")); err == nil {
		t.Error("more was taken")
	}
	length := w.Body.Len()
	if out.Close(); w.Body.Len() != length || !w.Flushed {
		t.Errorf("%d bytes, then %d", length, w.Body.Len())
	}
}

func BenchmarkWriter(b *testing.B) {
	for _, name := range []coding.Coding{coding.Gzip, coding.Brotli, coding.Zstd} {
		b.Run(string(name), func(b *testing.B) {
			b.ReportAllocs()
			body := []byte(text)
			w := httptest.NewRecorder()
			for b.Loop() {
				w.Body.Reset()
				clear(w.Header())
				w.Header()["Content-Type"] = []string{"application/json"}
				out := coding.NewWriter(w, coding.Choice{Coding: name})
				_, _ = out.Write(body)
				out.Close()
			}
		})
	}
}
