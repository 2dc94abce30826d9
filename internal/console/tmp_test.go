package console_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/runtimes"
)

type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

func BenchmarkTmp(b *testing.B) {
	for _, on := range []bool{false, true} {
		b.Run(map[bool]string{false: "off", true: "on"}[on], func(b *testing.B) {
			same := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
			c := functions.Chain{Name: "echo", Method: http.MethodPost, Path: "/echo", Steps: []functions.Step{
				{Name: "a", Function: same}, {Name: "b", Function: same}, {Name: "c", Function: same},
			}}
			cfg := adapter.Config{Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler)}
			if on {
				cfg.Observer = console.New(console.Options{})
			}
			a, _ := runtimes.Inline([]functions.Chain{c}, cfg)
			data := bytes.Repeat([]byte("x"), 1000)
			body := bytes.NewReader(data)
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/echo", http.NoBody)
			r.ContentLength = int64(len(data))
			w := &sink{h: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(data)
				r.Body = io.NopCloser(body)
				clear(w.h)
				a.ServeHTTP(w, r)
			}
		})
	}
}
