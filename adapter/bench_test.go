package adapter_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// sink is the cheapest http.ResponseWriter.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkPlainCall is what the adapter and three identity steps cost, without
// the server and the socket.
func BenchmarkPlainCall(b *testing.B) {
	c := chain("echo", echo)
	c.Steps = []functions.Step{{Name: "a", Function: echo}, {Name: "b", Function: echo}, {Name: "c", Function: echo}}
	a, err := runtimes.Inline([]functions.Chain{c}, adapter.Config{Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	data := bytes.Repeat([]byte("x"), 1000)
	body := bytes.NewReader(data)
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/echo", http.NoBody)
	r.ContentLength = int64(len(data))
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(data)
		r.Body = io.NopCloser(body)
		clear(w.header)
		a.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
}
