//go:build unix

package console_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/runtimes"
)

// BenchmarkPlainCall is a call of three steps over a socket, without the console and
// with it. Compare with: go test -run - -bench Plain -count 10 ./internal/console.
func BenchmarkPlainCall(b *testing.B) {
	b.Run("off", func(b *testing.B) { plainCalls(b, nil) })
	b.Run("on", func(b *testing.B) { plainCalls(b, console.New(console.Options{})) })
}

func plainCalls(b *testing.B, r *console.Recorder) {
	b.Helper()
	same := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
	c := functions.Chain{Name: "echo", Method: http.MethodPost, Path: "/echo", Steps: []functions.Step{
		{Name: "a", Function: same}, {Name: "b", Function: same}, {Name: "c", Function: same},
	}}
	cfg := adapter.Config{Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler)}
	if r != nil {
		cfg.Observer = r
	}
	a, err := runtimes.Inline([]functions.Chain{c}, cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	srv := httptest.NewServer(a)
	defer srv.Close()
	data := bytes.Repeat([]byte("x"), 1000)
	b.ReportAllocs()
	before := processor(b)
	defer func() { b.ReportMetric(float64(processor(b)-before)/float64(b.N), "cpu-ns/op") }()
	for b.Loop() {
		resp, err := srv.Client().Post(srv.URL+"/echo", "text/plain", bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status)
		}
	}
}

// processor is how much time of a processor this process has had: on a busy machine
// the time of a call says more of the others.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
