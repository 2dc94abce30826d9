package aws_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback/hooktest"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/tests/internal/wait"
)

const callbackKeys = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// calling lets the functions of a stage deliver to a target.
func calling(h *hooktest.Hook, s *stage) func(*emulator.Options) {
	return func(o *emulator.Options) {
		o.Env = map[string]string{"STAGE_URL": s.url, "HOMING_CALLBACKS": h.URL, "HOMING_CALLBACK_KEYS": callbackKeys}
	}
}

// Who writes the reply delivers it: a vertex, or the failure function if that has died.
func TestReplyIsDeliveredToItsCallbackFromLambda(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			h, s := hooktest.New(t), newStage(t)
			d := faults(t, s, plan{shape: shape, options: calling(h, s)})
			location := d.accepted(t, "/fault", order("a", "pass"), "Homing-Callback", h.URL+"/hook")
			ev := h.Await(t)
			if status, _ := functions.Status(ev); status != http.StatusOK || !strings.HasSuffix(location, carrier.RequestID(ev)) || !strings.Contains(string(ev.Data()), `"key":"a"`) {
				t.Errorf("of %s came %s", location, ev)
			}
			location = d.accepted(t, "/fault", order("b", "hold"), "Homing-Callback", h.URL+"/hook")
			wait.Receive(t, "the event at step act", s.arrived)
			d.Kill(actor(shape, "fault"))
			ev = h.Await(t)
			if status, _ := functions.Status(ev); status != http.StatusInternalServerError || !strings.HasSuffix(location, carrier.RequestID(ev)) {
				t.Errorf("of %s came %s", location, ev)
			}
			if h.Tried() != 2 {
				t.Errorf("%d deliveries", h.Tried())
			}
		})
	}
}

// Lambda brings the event of a reply again that was not delivered, and then it is a
// dead letter; sent again when the target is there, it is delivered, and no step runs.
func TestReplyThatCannotBeDeliveredIsADeadLetter(t *testing.T) {
	t.Parallel()
	h, s := hooktest.New(t, 400), newStage(t)
	d := faults(t, s, plan{shape: vertex, options: calling(h, s)})
	location := d.accepted(t, "/fault", order("a", "pass"), "Homing-Callback", h.URL+"/hook")
	wait.Eventually(t, "the dead letter", func() bool { return d.Depth("DeadLetters") == 1 })
	call(t, http.MethodGet, d.url+location, "").is(t, http.StatusOK)
	if n := s.ran("a", "act"); n != 1 {
		t.Errorf("the step ran %d times", n)
	}
	h.Answer()
	id := strings.TrimPrefix(location, "/requests/")
	if out, text, code := ends(t, d.operator(), "deadletter", "redrive", "--late", id); code != 0 || !strings.Contains(out, "1 sent, 0 failed") {
		t.Errorf("%d %s %s", code, out, text)
	}
	if ev := h.Await(t); carrier.RequestID(ev) != id || !strings.Contains(string(ev.Data()), `"key":"a"`) {
		t.Errorf("got %s", ev)
	}
	if n := s.ran("a", "act"); n != 1 {
		t.Errorf("the step ran %d times", n)
	}
}

// The parameters of the template have whoever completes a request deliver its reply.
func TestReplyIsDeliveredToItsCallback(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			h := hooktest.New(t)
			d := samples(t, plan{shape: shape, parameters: map[string]string{"CallbackTargets": h.URL, "CallbackKeysSecret": "callbacks"}})
			for body, status := range map[string]int{sample(t, "testdata", "order.json"): http.StatusOK, "{}": http.StatusUnprocessableEntity} {
				accepted := call(t, http.MethodPost, d.url+"/quote", body, "Content-Type", "application/json",
					"Prefer", "respond-async", "Homing-Callback", h.URL+"/hook").is(t, http.StatusAccepted)
				ev := h.Await(t)
				if got, _ := functions.Status(ev); got != status || !strings.HasSuffix(accepted.header.Get("Location"), carrier.RequestID(ev)) {
					t.Errorf("of %s came %s", accepted.header.Get("Location"), ev)
				}
			}
			call(t, http.MethodPost, d.url+"/quote", "{}", "Prefer", "respond-async", "Homing-Callback", "https://other.example/").is(t, http.StatusForbidden)
		})
	}
}
