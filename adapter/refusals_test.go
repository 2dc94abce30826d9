package adapter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

// shows reports whether the metrics of s have a line.
func (s *server) shows(line string, headers ...string) bool {
	return slices.Contains(strings.Split(string(s.do("GET", "/metrics", "", headers...).body), "\n"), line)
}

func TestRefusalsAreCountedByReason(t *testing.T) {
	t.Parallel()
	const secret, other = "0123456789abcdef", "fedcba9876543210"
	only := chain("only", echo)
	only.Tenants = []string{"b"}
	small := chain("small", echo)
	small.MaxBody = 3
	s := serve(t, setup{
		cfg:    adapter.Config{Tokens: []adapter.Token{{Tenant: "a", Secret: secret}, {Tenant: "b", Secret: other}}, MaxInFlight: 2},
		store:  memory.Options{MaxEntries: 1},
		chains: []functions.Chain{only, small, chain("async", echo)},
	})
	mine := []string{"Authorization", "Bearer " + secret}
	async := append([]string{"Prefer", "respond-async"}, mine...)
	s.do("POST", "/only", "x").problem(t, 401)
	s.do("POST", "/only", "x", mine...).problem(t, 403)
	s.do("POST", "/small", "four", mine...).problem(t, 413)
	s.do("POST", "/small", "x", append([]string{"Idempotency-Key", ""}, mine...)...).problem(t, 400)
	s.do("POST", "/async", "x", async...).problem(t, 429) // half a place is the share of a tenant
	for _, line := range []string{
		`homing_refusals_total{reason="token"} 1`,
		`homing_refusals_total{reason="tenant"} 1`,
		`homing_refusals_total{reason="too-large"} 1`,
		`homing_refusals_total{reason="invalid"} 1`,
		`homing_refusals_total{reason="store-full"} 1`,
		`homing_refusals_total{reason="store-down"} 0`,
		`homing_request_duration_seconds_count{chain="only"} 1`,
		`homing_calls_in_flight_limit 2`,
		`homing_reply_store_failures_total{operation="register"} 0`,
	} {
		if !s.shows(line, mine...) {
			t.Errorf("no line %s", line)
		}
	}
}

func TestTheEventsOfABatchAreCounted(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo), chain("order", functions.Typed(order))}})
	body := `[{"specversion":"1.0","id":"1","source":"/c","type":"echo","data":{}},` +
		`{"specversion":"1.0","id":"2","source":"/c","type":"order","data":{}}]`
	body = strings.NewReplacer(`"type":"echo"`, `"type":"`+chain("echo", echo).WithDefaults().Type+`"`,
		`"type":"order"`, `"type":"`+chain("order", echo).WithDefaults().Type+`"`).Replace(body)
	if got := s.do("POST", "/events", body, "Content-Type", "application/cloudevents-batch+json"); got.status != 200 {
		t.Fatalf("got %d: %s", got.status, got.body)
	}
	for _, line := range []string{`homing_requests_total{chain="echo",code="200"} 1`, `homing_requests_total{chain="order",code="422"} 1`} {
		if !s.shows(line) {
			t.Errorf("no line %s", line)
		}
	}
}

func TestACallThatIsPromisedIsCountedButItsTimeIsNot(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	if got := s.do("POST", "/echo", "x", "Prefer", "respond-async"); got.status != 202 {
		t.Fatalf("got %d: %s", got.status, got.body)
	}
	for _, line := range []string{`homing_requests_total{chain="echo",code="202"} 1`, `homing_request_duration_seconds_count{chain="echo"} 0`} {
		if !s.shows(line) {
			t.Errorf("no line %s", line)
		}
	}
}
