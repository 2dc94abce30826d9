package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/replytest"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/knative"
)

// anyPolicy is a chain whose step has all policies, so that all their metrics exist.
func anyPolicy() []functions.Chain {
	echo := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
	return []functions.Chain{{Name: "echo", Method: http.MethodPost, Path: "/echo", Steps: []functions.Step{{
		Name: "work", Function: echo, Policy: functions.Policy{
			Timeout: time.Minute, Retry: functions.Retry{Attempts: 2}, Concurrency: functions.Concurrency{Max: 5},
			Breaker: functions.Breaker{Failures: 5},
		},
	}}}}
}

// pages are the metrics of processes of all roles, and of an adapter that polls a
// table, after a call of each.
func pages(t *testing.T) []string {
	t.Helper()
	table, err := dynamodb.New(dynamodb.Options{Client: struct{ dynamodb.API }{}, Table: "replies"})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range []struct {
		environ []string
		options knative.Options
	}{
		{[]string{"HOMING_ROLE=all"}, knative.Options{}},
		{[]string{"HOMING_ROLE=adapter", "HOMING_VERTEX_URL=http://127.0.0.1:1"}, knative.Options{Store: table}},
		{[]string{"HOMING_ROLE=vertex"}, knative.Options{Bodies: &replytest.MemoryBodies{}}},
		{[]string{"HOMING_ROLE=failure"}, knative.Options{Store: memory.New(memory.Options{})}},
	} {
		cfg, err := knative.FromEnv(append(p.environ, "HOMING_REPLY_ALLOW=http://127.0.0.1:1",
			"HOMING_CALLBACKS=hooks.example.com", "HOMING_CALLBACK_KEYS=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
		if err != nil {
			t.Fatal(err)
		}
		p.options.Logger = slog.New(slog.DiscardHandler)
		s, err := knative.New(cfg, anyPolicy(), p.options)
		if err != nil {
			t.Fatal(err)
		}
		do := func(method, path string) string {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader("{}")))
			return w.Body.String()
		}
		do(http.MethodPost, "/echo")
		do(http.MethodPost, "/") // an event that is none
		all = append(all, do(http.MethodGet, "/metrics"))
		s.Close()
	}
	return all
}

func TestPromtoolFindsNoFaultInTheMetrics(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "promtool")
	for _, page := range pages(t) {
		if out, err := run(t.Context(), []byte(page), promtool, "check", "metrics", "--extended"); err != nil || !strings.Contains(page, "# TYPE homing_") {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
