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
			cfg := adapter.Config{Store: memory.New(memory.Options{}), LogCalls: true, Logger: slog.New(slog.NewJSONHandler(&log, nil))}
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
