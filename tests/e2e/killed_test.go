package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// What becomes of a call whose vertex is killed in the middle of a step.
func TestVertexKilledInTheMiddleOfAStep(t *testing.T) {
	t.Parallel()
	var results table
	t.Cleanup(func() { results.log(t) })
	for name, tt := range map[string]struct {
		shape     shape
		restarted bool
		status    int
		least     time.Duration // after which the answer comes
	}{
		"http, vertex, restarted":   {vertexHTTP, true, http.StatusOK, 0},
		"http, split, restarted":    {splitHTTP, true, http.StatusOK, 0},
		"broker, vertex, restarted": {vertexBroker, true, http.StatusOK, 0},
		"broker, split, restarted":  {splitBroker, true, http.StatusOK, 0},
		"http, vertex, gone":        {vertexHTTP, false, http.StatusBadGateway, 0},
		"http, split, gone":         {splitHTTP, false, http.StatusBadGateway, 0},
		"broker, vertex, gone":      {vertexBroker, false, http.StatusGatewayTimeout, gatedTimeout / 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := newStepServer(t)
			chains, most := overdue(), gatedTimeout
			if tt.restarted {
				chains, most = gated, wholeTimeout
			}
			d := deploy(t, steps.gatedPlan(t, tt.shape, chains))
			victim := d.vertices["*"]
			if tt.shape.isSplit() {
				victim = d.vertices["gated.gate"]
			}
			answered := async(t, http.MethodPost, d.url+"/gated", order(t))
			wait.Receive(t, "the event at the step", steps.arrived)
			victim.kill()
			if tt.restarted {
				victim.start()
			}
			close(steps.open)
			a := wait.Receive(t, "the answer", answered)
			results.add(name, a)
			a.is(t, tt.status).within(t, tt.least, most)
			if tt.status == http.StatusOK {
				quoted(t, a)
				return
			}
			if location := a.header.Get("Location"); (location != "") != tt.shape.overBroker() {
				t.Errorf("Location: %q", location) // only where a late reply can come
			}
		})
	}
}

// The event waits at the broker for a vertex that comes back after the
// deadline. The vertex does not begin what nobody wants any more, and its reply is an error.
func TestVertexThatComesBackAfterTheDeadline(t *testing.T) {
	t.Parallel()
	steps := newStepServer(t)
	d := deploy(t, steps.gatedPlan(t, vertexBroker, overdue()))
	goOn := d.broker.pause()
	a := call(t, http.MethodPost, d.url+"/gated", order(t)).is(t, http.StatusGatewayTimeout).within(t, gatedTimeout/2, gatedTimeout)
	expiry, err := time.Parse(time.RFC3339Nano, d.broker.next(t, 0).attribute("Expirytime"))
	if err != nil {
		t.Fatal(err)
	}
	wait.Eventually(t, "the deadline", func() bool { return time.Now().After(expiry) })
	goOn()
	wait.Eventually(t, "the late reply", func() bool { return d.replies.answers(http.StatusNoContent) == 1 })
	call(t, http.MethodGet, d.url+a.header.Get("Location"), "").is(t, http.StatusGatewayTimeout)
	if len(steps.arrived) != 0 {
		t.Error("a step was run after the deadline")
	}
}

// An adapter that is restarted while a vertex works has another mailbox: the
// late reply is rejected and becomes a dead letter, and the caller's second try
// under the same key is answered.
func TestAdapterRestartedWhileAVertexWorks(t *testing.T) {
	t.Parallel()
	steps := newStepServer(t)
	d := deploy(t, steps.gatedPlan(t, vertexBroker, gated))
	first := async(t, http.MethodPost, d.url+"/gated", order(t), "Idempotency-Key", "restart")
	wait.Receive(t, "the event at the step", steps.arrived)
	d.adapter.kill()
	if a := wait.Receive(t, "the end of the first call", first); a.status != 0 {
		t.Errorf("the killed adapter has answered %d %s", a.status, a.body)
	}
	d.adapter.start()
	close(steps.open)
	wait.Eventually(t, "a dead letter", func() bool { return len(d.broker.deadLetters()) == 1 })
	letter := d.broker.deadLetters()[0]
	if code := letter.attribute("Knativeerrorcode"); code != "421" {
		t.Errorf("the late reply was rejected with %s", code)
	}
	second := call(t, http.MethodPost, d.url+"/gated", order(t), "Idempotency-Key", "restart")
	quoted(t, second)
	if second.header.Get("X-Request-ID") == letter.attribute("Correlationid") {
		t.Error("the second call has the id of the first")
	}
	if len(d.broker.deadLetters()) != 1 {
		t.Errorf("%d dead letters", len(d.broker.deadLetters()))
	}
}
