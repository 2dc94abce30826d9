package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// short is a chain that nobody waits long for. Its time ends about a second behind one
// attempt to reach a broker and before the next: so it is not a machine which stands
// still that decides between 503 and 504.
const short = `
chains:
  - {name: short, route: POST /short, timeout: 4500ms, steps: [quote.validate, quote.enrich, quote.price]}
`

const shortTimeout = 4500 * time.Millisecond

// A broker that cannot be reached, or that does not take the event.
func TestBrokerThatDoesNotTakeTheEvent(t *testing.T) {
	t.Parallel()
	file := newStepServer(t).chainFile(t, short)
	var results table
	t.Cleanup(func() { results.log(t) })
	for name, tt := range map[string]struct {
		answer     http.HandlerFunc // nil: nobody listens
		status     int
		retryAfter bool
		least      time.Duration
	}{
		"broker that is not there":   {nil, 503, true, 0},
		"broker that is overloaded":  {plain(503, "", ""), 503, true, 0},
		"broker that is too slow":    {never, 504, false, shortTimeout / 2},
		"broker that wants no event": {plain(400, "", ""), 502, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := "http://127.0.0.1:" + freePort(t)
			if tt.answer != nil {
				srv := httptest.NewServer(tt.answer)
				t.Cleanup(srv.Close)
				t.Cleanup(srv.CloseClientConnections)
				url = srv.URL
			}
			a := knative(t, file, "HOMING_ROLE=adapter", "HOMING_BROKER_URL="+url, "HOMING_REPLY_URL=http://127.0.0.1:1")
			got := call(t, http.MethodPost, a.url+"/short", order(t))
			results.add(name, got)
			got.is(t, tt.status).within(t, tt.least, shortTimeout)
			if (got.header.Get("Retry-After") != "") != tt.retryAfter {
				t.Errorf("Retry-After: %q", got.header.Get("Retry-After"))
			}
		})
	}
}

// A trigger that points at the wrong vertex: the event becomes a dead letter
// that says why, and the caller gets that at the deadline.
func TestVertexThatDoesNotRunTheStep(t *testing.T) {
	t.Parallel()
	p := plan{
		shape: splitBroker, file: newStepServer(t).chainFile(t, short), broker: delivery{retries: 2, backoff: time.Millisecond},
		chains: map[string][]string{"short": {"validate", "price"}},
	}
	d := deploy(t, p)
	d.broker.route("short.enrich,", d.vertices["short.price"].url)
	a := call(t, http.MethodPost, d.url+"/short", order(t))
	a.is(t, http.StatusGatewayTimeout).within(t, shortTimeout/2, shortTimeout)
	wait.Eventually(t, "the dead letter", func() bool { return len(d.broker.deadLetters()) > 0 })
	dead := d.broker.deadLetters()
	if len(dead) != 1 || dead[0].attribute("Knativeerrorcode") != "404" || dead[0].attribute("Routingslip") != "short.enrich,short.price," {
		t.Errorf("dead letters: %v", dead)
	}
}
