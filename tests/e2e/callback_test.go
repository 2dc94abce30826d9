package e2e_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback/hooktest"
	"github.com/homing-dev/homing/tests/internal/wait"
)

const callbackKeys = "HOMING_CALLBACK_KEYS=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// calling are the settings of processes that may deliver to a target.
func calling(h *hooktest.Hook) []string { return []string{"HOMING_CALLBACKS=" + h.URL, callbackKeys} }

// delivered makes a call whose reply goes to a target, and holds what comes there to
// be what can be fetched.
func (d *deployment) delivered(t *testing.T, h *hooktest.Hook, body string, status int) {
	t.Helper()
	accepted := call(t, http.MethodPost, d.url+"/quote", body, "Prefer", "respond-async", "Homing-Callback", h.URL+"/hook").is(t, http.StatusAccepted)
	location := accepted.header.Get("Location")
	ev := h.Await(t)
	if got, _ := functions.Status(ev); got != status || !strings.HasSuffix(location, carrier.RequestID(ev)) || functions.Attribute(ev, functions.AttrCallback) != "" {
		t.Errorf("of %s came %s", location, ev)
	}
	stored := call(t, http.MethodGet, d.url+location, "").is(t, status)
	if stored.body != string(ev.Data()) && !sameJSON(stored.body, string(ev.Data())) {
		t.Errorf("delivered was %s, stored is %s", ev.Data(), stored.body)
	}
}

func TestReplyIsDeliveredToItsCallbackInEveryShape(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			h := hooktest.New(t)
			p := samples(s)
			p.env = append(p.env, calling(h)...)
			d := deploy(t, p)
			d.delivered(t, h, order(t), http.StatusOK)
			d.delivered(t, h, "{}", http.StatusUnprocessableEntity)
			if n := h.Tried(); n != 2 {
				t.Errorf("%d deliveries", n)
			}
		})
	}
}

// With a store that they share the vertex delivers, and the dead-letter sink.
func TestReplyInASharedStoreIsDeliveredToItsCallback(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t)
	store := redisURL(t)
	env := append(calling(h), "HOMING_STORE="+store)
	b := newBroker(t, delivery{})
	d := &deployment{broker: b}
	vertex := knative(t, "", append(env, "HOMING_ROLE=vertex", "HOMING_BROKER_URL="+b.url)...)
	b.route("quote.validate,", vertex.url)
	d.adapter = knative(t, "", append(env, "HOMING_ROLE=adapter", "HOMING_BROKER_URL="+b.url)...)
	d.url = d.adapter.url
	d.delivered(t, h, order(t), http.StatusOK)
	b.work.Wait() // else the vertex, which has not answered yet, is killed with what it has delivered
	b.sink(knative(t, "", append(env, "HOMING_ROLE=failure", "HOMING_BROKER_URL="+b.url)...).url)
	vertex.kill()
	d.delivered(t, h, order(t), http.StatusBadGateway)
	if n := h.Tried(); n != 2 {
		t.Errorf("%d deliveries", n)
	}
}

func TestErrorReplyOfADeadLetterIsDeliveredHome(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t)
	d, _ := buried(t, "", calling(h)...)
	d.delivered(t, h, order(t), http.StatusBadGateway)
}

// A process that is killed while the target is down leaves a letter, and the reply is
// delivered when that is sent again.
func TestReplyOfAKilledProcessIsRedeliveredFromItsLetter(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t)
	h.Answer(503, 503, 503, 503, 503, 503, 503, 503)
	store := redisURL(t)
	p := knative(t, "", append(calling(h), "HOMING_STORE="+store)...)
	accepted := call(t, http.MethodPost, p.url+"/quote", order(t), "Prefer", "respond-async", "Homing-Callback", h.URL+"/hook?secret=1").is(t, http.StatusAccepted)
	wait.Eventually(t, "the first attempt", func() bool { return h.Tried() > 0 })
	p.kill()
	id := strings.TrimPrefix(accepted.header.Get("Location"), "/requests/")
	list := deadletter(t, store, "list")
	if !strings.Contains(list, id) || !strings.Contains(list, "callback undelivered") || strings.Contains(list, "secret=1") {
		t.Fatalf("got %s", list)
	}
	if got, err := tryDeadletter(t, store, "redrive", "--all"); err == nil || !strings.Contains(got, "HOMING_CALLBACKS") {
		t.Errorf("without settings: %v, %s", err, got)
	}
	h.Answer()
	cmd := exec.CommandContext(t.Context(), binary, "deadletter", "redrive", "--all")
	cmd.Env = append(calling(h), "HOMING_STORE="+store)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "1 sent, 0 failed") {
		t.Errorf("%v: %s", err, out)
	}
	ev := h.Await(t)
	if !sameJSON(string(ev.Data()), sample(t, "testdata", "order.quote.json")) || carrier.RequestID(ev) != id {
		t.Errorf("got %s", ev)
	}
	if got := deadletter(t, store, "list"); !strings.Contains(got, "there are no dead letters") {
		t.Errorf("got %s", got)
	}
}

// What was delivered leaves no letter.
func TestDeliveredReplyLeavesNoLetter(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t, 503)
	store := redisURL(t)
	p := knative(t, "", append(calling(h), "HOMING_STORE="+store)...)
	d := &deployment{url: p.url}
	d.delivered(t, h, order(t), http.StatusOK)
	wait.Eventually(t, "an empty box", func() bool {
		return strings.Contains(deadletter(t, store, "list"), "there are no dead letters")
	})
}
