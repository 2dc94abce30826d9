package adapter_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
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
	benchmarkCall(b, adapter.Config{Logger: slog.New(slog.DiscardHandler)}, "")
}

// BenchmarkAccessLine is the same with a line in the log for each call, for one in a
// hundred and for none, and for a call whose trace is recorded.
func BenchmarkAccessLine(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	for _, tc := range []struct {
		name, traceparent string
		share             float64
	}{{"none", "", 0}, {"1%", "", 0.01}, {"all", "", 1}, {"none, traced", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 0}} {
		b.Run(tc.name, func(b *testing.B) {
			benchmarkCall(b, adapter.Config{LogCalls: tc.share, Logger: slog.New(slog.NewJSONHandler(null, nil))}, tc.traceparent)
		})
	}
}

func benchmarkCall(b *testing.B, cfg adapter.Config, traceparent string) {
	b.Helper()
	c := chain("echo", echo)
	c.Steps = []functions.Step{{Name: "a", Function: echo}, {Name: "b", Function: echo}, {Name: "c", Function: echo}}
	cfg.Store = memory.New(memory.Options{})
	a, err := runtimes.Inline([]functions.Chain{c}, cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	data := bytes.Repeat([]byte("x"), 1000)
	body := bytes.NewReader(data)
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/echo", http.NoBody)
	if traceparent != "" {
		r.Header.Set("Traceparent", traceparent)
	}
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
