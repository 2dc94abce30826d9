package adapter_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

func TestACallIsLoggedWithItsSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		takes := func(d time.Duration, status int) functions.Function {
			return func(_ context.Context, in event.Event) (*event.Event, error) {
				time.Sleep(d)
				if status != 0 {
					return nil, functions.Errorf(status, "no")
				}
				return &in, nil
			}
		}
		for _, tt := range []struct {
			name  string
			steps []functions.Step
			async bool
			want  []string
		}{
			{"a result", []functions.Step{{Name: "a", Function: takes(time.Second, 0)}, {Name: "b", Function: takes(2*time.Second, 0)}}, false, []string{
				`"status":200,"duration":3000000000,"chain":"c","route":"POST /c/{id}"`, `"steps":{"a":1000000000,"b":2000000000}`,
			}},
			{"a failure", []functions.Step{{Name: "a", Function: takes(time.Second, 500), Policy: functions.Policy{
				Retry: functions.Retry{Attempts: 2, Delay: time.Second},
			}}}, false, []string{`"status":500`, `failed 500, attempt 2"}`}},
			{"a promise", []functions.Step{{Name: "a", Function: takes(time.Second, 0)}}, true, []string{`"status":202`}},
		} {
			var log bytes.Buffer
			cfg := adapter.Config{Store: memory.New(memory.Options{}), LogCalls: 1, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
			a, err := runtimes.Inline([]functions.Chain{{Name: "c", Method: http.MethodPost, Path: "/c/{id}", Steps: tt.steps}}, cfg)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodPost, "/c/1", strings.NewReader("x"))
			if tt.async {
				r.Header.Set("Prefer", "respond-async")
			}
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			line := ""
			for text := range strings.Lines(log.String()) {
				if strings.Contains(text, `"msg":"call"`) {
					line += text
				}
			}
			for _, want := range append(tt.want, `"requestid":"`+w.Header().Get("X-Request-ID")+`"`) {
				if strings.Count(line, want) != 1 {
					t.Errorf("%s: %s has not %s once", tt.name, line, want)
				}
			}
			time.Sleep(10 * time.Second) // the work of the async call
			a.Close()
		}
	})
}

func TestAPartOfTheCallsIsLogged(t *testing.T) {
	t.Parallel()
	for share, most := range map[float64][2]int{0: {0, 0}, 0.1: {20, 200}, 0.9: {800, 980}, 1: {1000, 1000}} {
		var log bytes.Buffer
		cfg := adapter.Config{Store: memory.New(memory.Options{}), LogCalls: share, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
		a, err := runtimes.Inline([]functions.Chain{chain("echo", echo)}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/echo", http.NoBody))
		}
		if n := strings.Count(log.String(), `"msg":"call"`); n < most[0] || n > most[1] {
			t.Errorf("of a part of %g, %d of 1000 were logged", share, n)
		}
		a.Close()
	}
}

func TestLinesOfACallNameItsTrace(t *testing.T) {
	t.Parallel()
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	for name, tc := range map[string]struct {
		header string
		want   int // lines
	}{
		"a trace":         {"00-" + trace + "-00f067aa0ba902b7-00", 2},
		"none":            {"", 0},
		"one that is not": {"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-00", 0},
	} {
		var log bytes.Buffer
		cfg := adapter.Config{Store: memory.New(memory.Options{}), LogCalls: 1, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
		fails := func(context.Context, event.Event) (*event.Event, error) { return nil, functions.Errorf(500, "no") }
		a, err := runtimes.Inline([]functions.Chain{chain("fails", fails)}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/fails?secret=1", http.NoBody)
		r.Header.Set("Traceparent", tc.header)
		a.ServeHTTP(httptest.NewRecorder(), r)
		a.Close()
		if got := strings.Count(log.String(), `"trace_id":"`+trace+`"`); got != tc.want || strings.Count(log.String(), "trace_id") != tc.want {
			t.Errorf("%s: %d lines: %s", name, got, &log)
		}
		if strings.Count(log.String(), "\n") != 2 || strings.Contains(log.String(), "secret") {
			t.Errorf("%s: %s", name, &log)
		}
	}
}
