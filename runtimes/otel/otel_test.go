package otel_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/otel"
)

// output is a log that may be read while it is written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// begin starts the option in an environment, the one of the process.
func begin(t *testing.T, env map[string]string, options ...runtimes.Option) (runtimes.TraceProvider, *output, error) {
	t.Helper()
	for name, value := range env { // the SDK reads some by itself
		t.Setenv(name, value)
	}
	log := &output{}
	p, err := runtimes.StartTraces(t.Context(), func(name string) string { return env[name] }, slog.New(slog.NewTextHandler(log, nil)), options...)
	if p != nil {
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			_ = p.Shutdown(ctx) // its collector may be down
		})
	}
	return p, log, err
}

func TestTracesAreRecordedWhereTheEnvironmentAsksForThem(t *testing.T) { //nolint:paralleltest // sets the environment
	for name, tt := range map[string]struct {
		env  map[string]string
		on   bool
		warn string // without the option
	}{
		"nothing":          {map[string]string{}, false, ""},
		"an endpoint":      {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, true, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		"one of traces":    {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1"}, true, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"},
		"an exporter":      {map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, "OTEL_TRACES_EXPORTER"},
		"two":              {map[string]string{"OTEL_TRACES_EXPORTER": "otlp, console"}, true, "OTEL_TRACES_EXPORTER"},
		"by grpc":          {map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, true, "OTEL_TRACES_EXPORTER"},
		"none":             {map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, false, ""},
		"disabled":         {map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, false, ""},
		"only the service": {map[string]string{"OTEL_SERVICE_NAME": "x"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, log, err := begin(t, tt.env, otel.Traces())
			if err != nil || (p != nil) != tt.on || log.String() != "" {
				t.Errorf("got %v, %v and the log %q", p, err, log)
			}
			p, log, err = begin(t, tt.env)
			if p != nil || err != nil || (log.String() != "") != (tt.warn != "") {
				t.Errorf("without the option: got %v, %v and the log %q", p, err, log)
			}
			if tt.warn != "" && (!strings.Contains(log.String(), tt.warn+" is set") || !strings.Contains(log.String(), "otel.Traces()")) {
				t.Errorf("without the option: got the log %q", log)
			}
		})
	}
}

func TestWhatIsSetWrongIsNamed(t *testing.T) { //nolint:paralleltest // sets the environment
	for name, value := range map[string]string{
		"OTEL_TRACES_EXPORTER": "zipkin", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_TRACES_SAMPLER": "sometimes",
		"OTEL_TRACES_SAMPLER_ARG": "2", "OTEL_BSP_MAX_QUEUE_SIZE": "-1",
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "traceidratio"}
			env[name] = value
			p, _, err := begin(t, env, otel.Traces())
			if p != nil || err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), value) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// record ends n spans and returns how long that took.
func record(t *testing.T, p trace.TracerProvider, n int) time.Duration {
	t.Helper()
	tracer, begun := p.Tracer("test"), time.Now()
	for range n {
		_, span := tracer.Start(t.Context(), "x")
		span.End()
	}
	return time.Since(begun)
}

func counted(t *testing.T, p runtimes.TraceProvider, result string) float64 {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(p.(prometheus.Collector))
	found, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found[0].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetValue() == result {
				return m.GetCounter().GetValue()
			}
		}
	}
	return -1
}

// A collector that takes a connection and answers nothing.
func TestACollectorThatHangsDelaysNothingAndDropsAreCounted(t *testing.T) { //nolint:paralleltest // sets the environment
	hang := make(chan struct{})
	asked := make(chan struct{}, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		asked <- struct{}{}
		<-hang
	}))
	t.Cleanup(collector.Close)
	t.Cleanup(func() { close(hang) })
	p, _, err := begin(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_SCHEDULE_DELAY": "1",
	}, otel.Traces())
	if err != nil {
		t.Fatal(err)
	}
	record(t, p, 1)
	<-asked // it hangs now
	took := record(t, p, 10000)
	if took > 5*time.Second { // a hundredth of that is usual; a collector would be waited for 10 s
		t.Errorf("10,000 spans took %s", took)
	}
	if got := counted(t, p, "dropped"); got != 10000-99 {
		t.Errorf("%v spans were dropped, want all but those for which there was room", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if err := p.ForceFlush(ctx); err == nil || time.Since(begun) > 5*time.Second {
		t.Errorf("the flush ended after %s with %v", time.Since(begun), err)
	}
}

func TestACollectorThatRefusesIsInTheLogOnce(t *testing.T) { //nolint:paralleltest // sets the environment
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(collector.Close)
	p, log, err := begin(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}, otel.Traces())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		record(t, p, 2)
		if err := p.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := counted(t, p, "failed"); got != 6 {
		t.Errorf("%v have failed", got)
	}
	if n := strings.Count(log.String(), "spans were not sent"); n != 1 || !strings.Contains(log.String(), "403") {
		t.Errorf("got the log %s", log)
	}
}

func TestSpansThatWereSentAreCounted(t *testing.T) { //nolint:paralleltest // sets the environment
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(collector.Close)
	p, _, err := begin(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_TRACES_SAMPLER": "always_on"}, otel.Traces())
	if err != nil {
		t.Fatal(err)
	}
	record(t, p, 3)
	if err := p.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := counted(t, p, "sent"); got != 3 {
		t.Errorf("%v were sent", got)
	}
	if problems, err := testutil.CollectAndLint(p.(prometheus.Collector)); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}
