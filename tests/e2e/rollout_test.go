package e2e_test

import (
	"net/http"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// rollout is an adapter whose revisions have the replies of their own calls, each at an
// address of its own, as on Knative.
type rollout struct {
	broker *broker
	file   string // chain.yaml
	ports  [2]string
}

func newRollout(t *testing.T) rollout {
	t.Helper()
	r := rollout{newBroker(t, patient()), unhurried(t), [2]string{freePort(t), freePort(t)}}
	v := knative(t, r.file, "HOMING_ROLE=vertex", "HOMING_BROKER_URL="+r.broker.url, "HOMING_REPLY_KEYS="+replyKeys,
		"HOMING_REPLY_ALLOW=http://127.0.0.*:"+r.ports[0]+",http://127.0.0.*:"+r.ports[1])
	r.broker.route("quote.validate,", v.url)
	return r
}

func (r rollout) revision(t *testing.T, n int) *process {
	t.Helper()
	return knativeOn(t, r.ports[n], r.file, "HOMING_ROLE=adapter", "HOMING_CARRIER=broker", "HOMING_BROKER_URL="+r.broker.url,
		"HOMING_REPLY_KEYS="+replyKeys, "HOMING_REPLY_URL=http://{revision}:"+r.ports[n], "K_REVISION=127.0.0.1")
}

// A new revision of the adapter takes over while calls come, with their replies in
// the memory of each.
func TestARolloutOfTheAdapterLosesNoCall(t *testing.T) {
	t.Parallel()
	r := newRollout(t)
	first := r.revision(t, 0)
	front := newGateway(t)
	front.route("/", first.url)
	underLoad(t, front.url+"/quote", func() {
		second := r.revision(t, 1)
		front.move("/", second.url)
		first.stop()
	})
	if dead := r.broker.deadLetters(); len(dead) != 0 {
		t.Errorf("%d dead letters", len(dead))
	}
}

// What waits at the revision that ends gets its reply there.
func TestTheRevisionThatEndsAnswersWhatWaitsThere(t *testing.T) {
	t.Parallel()
	r := newRollout(t)
	first := r.revision(t, 0)
	goOn := r.broker.pause()
	answers := async(t, http.MethodPost, first.url+"/quote", order(t))
	wait.Eventually(t, "the event", func() bool { return len(r.broker.events()) > 0 })
	second := r.revision(t, 1)
	stopped := make(chan struct{})
	go func() {
		first.stop()
		close(stopped)
	}()
	wait.Eventually(t, "the drain", func() bool { return first.log.contains(`"draining"`) })
	call(t, http.MethodGet, second.url+"/health/readiness", "").is(t, http.StatusOK)
	goOn()
	wait.Receive(t, "the answer", answers).is(t, http.StatusOK)
	wait.Receive(t, "the end", stopped)
}
