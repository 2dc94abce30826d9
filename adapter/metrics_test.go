package adapter_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
)

func TestMetricsTellOfCallsStepsAndTheStore(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo), chain("order", functions.Typed(order)), chain("wait", g.obedient)}})
	s.do("POST", "/echo", "x").is(t, 200, "x")
	s.do("POST", "/order", "{}").problem(t, 422)
	s.do("POST", "/wait", "x", "Prefer", "respond-async")
	<-g.started
	got := string(s.do("GET", "/metrics", "").body)
	for _, line := range []string{
		`homing_requests_total{chain="echo",code="200"} 1`,
		`homing_requests_total{chain="order",code="422"} 1`,
		`homing_request_duration_seconds_count{chain="echo"} 1`,
		`homing_step_duration_seconds_count{chain="echo",step="work"} 1`,
		`homing_step_failures_total{chain="order",step="work"} 1`,
		`homing_calls_in_flight 1`,
		`homing_reply_store_entries 1`,
		`homing_reply_store_pending 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	close(g.open)
}
