package e2e_test

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// buried deploys a vertex shape whose vertex is not there, and the dead-letter sink;
// env is of the adapter.
func buried(t *testing.T, store string, env ...string) (d *deployment, sink *process) {
	t.Helper()
	d = &deployment{broker: newBroker(t, delivery{retries: 5, backoff: time.Millisecond})}
	port := freePort(t)
	adapter := append(slices.Clip(env), "HOMING_ROLE=adapter", "HOMING_BROKER_URL="+d.broker.url)
	failure := []string{"HOMING_ROLE=failure", "HOMING_BROKER_URL=" + d.broker.url}
	if store == "" {
		adapter = append(adapter, "HOMING_REPLY_URL=http://127.0.0.1:"+port, "HOMING_REPLY_KEYS="+replyKeys)
		failure = append(failure, "HOMING_REPLY_ALLOW=http://127.0.0.1:"+port)
	} else {
		adapter, failure = append(adapter, "HOMING_STORE="+store), append(failure, "HOMING_STORE="+store)
	}
	sink = knative(t, "", failure...)
	d.broker.sink(sink.url)
	d.broker.route("quote.validate,", "http://127.0.0.1:"+freePort(t)) // nobody is there
	d.adapter = knativeOn(t, port, "", adapter...)
	d.url = d.adapter.url
	return d, sink
}

// Calls end at once, and not at their deadline, when the broker has given their
// event up: sync ones and async ones.
func TestCallWhoseEventIsADeadLetterEndsAtOnce(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]func(*testing.T) string{
		"replies go home": func(*testing.T) string { return "" },
		"in Redis":        redisURL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, _ := buried(t, store(t))
			for _, a := range []answer{
				call(t, http.MethodPost, d.url+"/quote", order(t)),
				func() answer {
					accepted := call(t, http.MethodPost, d.url+"/quote", order(t), "Prefer", "respond-async").is(t, http.StatusAccepted)
					return call(t, http.MethodGet, d.url+accepted.header.Get("Location"), "", "Prefer", "wait=60")
				}(),
			} {
				a.is(t, http.StatusBadGateway)
				var p struct {
					Title, Step, RequestID string
					Attempt                int
				}
				if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Title != "Step unreachable" || p.Step != "validate" || p.Attempt != 6 || p.RequestID == "" {
					t.Errorf("got %s (%v)", a.body, err)
				}
			}
		})
	}
}

// deadletter runs the command on what is kept at a store.
func deadletter(t *testing.T, store string, args ...string) string {
	t.Helper()
	out, err := tryDeadletter(t, store, args...)
	if err != nil {
		t.Errorf("deadletter %q: %v: %s", args, err, out)
	}
	return out
}

// tryDeadletter runs it where it may fail.
func tryDeadletter(t *testing.T, store string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"deadletter"}, args...)...)
	cmd.Env = []string{"HOMING_STORE=" + store}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A vertex that is gone for longer than the broker delivers again leaves letters;
// when it is there again, they are sent once more and their steps run.
func TestDeadLettersOfABrokerAreListedShownAndRedriven(t *testing.T) {
	t.Parallel()
	store := redisURL(t)
	d, sink := buried(t, store)
	for range 3 {
		call(t, http.MethodPost, d.url+"/quote", order(t)).is(t, http.StatusBadGateway)
	}
	sink.kill() // what is kept outlives it
	list := deadletter(t, store, "list")
	if strings.Count(list, "unreachable") != 3 || strings.Count(list, "validate") != 3 {
		t.Fatalf("got %s", list)
	}
	id := strings.Fields(strings.Split(list, "\n")[1])[1]
	shown := deadletter(t, store, "show", id)
	if !strings.Contains(shown, "broker      "+d.broker.url) || !strings.Contains(shown, "reason      unreachable") || strings.Contains(shown, "knativeerrorcode\":\"") {
		t.Errorf("got %s", shown)
	}
	if got := deadletter(t, store, "redrive", id); !strings.Contains(got, "1 sent, 0 failed") {
		t.Errorf("got %s", got)
	}
	sent := d.broker.events()
	if last := sent[len(sent)-1]; last.attribute("Correlationid") != id && last.attribute("Id") != id || last.attribute("Knativeerrordest") != "" ||
		last.body != sent[0].body || last.attribute("Routingslip") != sent[0].attribute("Routingslip") {
		t.Errorf("sent %+v, the first was %+v", last, sent[0])
	}
	vertex := knative(t, "", "HOMING_ROLE=vertex", "HOMING_BROKER_URL="+d.broker.url, "HOMING_STORE="+store)
	if got := deadletter(t, store, "redrive", "--all", "--late", "--to", vertex.url); !strings.Contains(got, "2 sent, 0 failed") {
		t.Errorf("got %s", got)
	}
	if got := deadletter(t, store, "list"); !strings.Contains(got, "there are no dead letters") {
		t.Errorf("got %s", got)
	}
	wait.Eventually(t, "the end of the delivery", func() bool { return len(d.broker.deadLetters()) >= 3 })
}
