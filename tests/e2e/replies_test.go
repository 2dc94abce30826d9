package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// put sends a reply home as a vertex does, with a token of the test's choice.
func put(t *testing.T, to, token, body string) answer {
	t.Helper()
	return call(t, http.MethodPut, to, body, "Ce-Specversion", "1.0", "Ce-Id", "reply", "Ce-Source", "/vertex",
		"Ce-Type", "gated.reply", "Ce-Replytoken", token, "Content-Type", "text/plain")
}

// waiting is a call that waits for its reply.
type waiting struct {
	answer    <-chan answer
	event     message
	to, token string
	id        reply.ID
	deadline  time.Time
}

// begin sends the call with number n of a deployment without vertices.
func (d *deployment) begin(t *testing.T, n int, headers ...string) waiting {
	t.Helper()
	w := waiting{answer: async(t, http.MethodPost, d.url+"/gated", "order", headers...)}
	w.event = d.broker.next(t, n)
	w.to, w.token = w.event.attribute("Replyto"), w.event.attribute("Replytoken")
	var err error
	if w.id, err = reply.ParseID(w.event.attribute("Id")); err != nil {
		t.Fatal(err)
	}
	if w.deadline, err = time.Parse(time.RFC3339Nano, w.event.attribute("Expirytime")); err != nil {
		t.Fatal(err)
	}
	return w
}

func keys(t *testing.T) reply.Keys {
	t.Helper()
	k, err := reply.ParseKeys(replyKeys)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Only the bearer of the token of a request completes it, once, and all others
// get the reason.
func TestRepliesThatDoNotCount(t *testing.T) {
	t.Parallel()
	d := adapterAlone(t, newStepServer(t).chainFile(t, gated))
	k := keys(t)
	var results table
	check := func(what string, a answer, status int) {
		t.Helper()
		results.add(what, a)
		a.is(t, status).within(t, 0, 2*second)
	}
	one, two := d.begin(t, 0), d.begin(t, 1)
	later := time.Now().Add(time.Hour)
	other := reply.NewID(time.Now(), one.id.Mailbox()+1)
	never := reply.NewID(time.Now(), one.id.Mailbox())
	url := func(id reply.ID) string { return d.url + "/requests/" + id.String() + "/reply" }

	check("no token", put(t, one.to, "", "forged"), http.StatusForbidden)
	check("forged token", put(t, one.to, reply.RandomKeys().Sign(one.id, later), "forged"), http.StatusForbidden)
	check("expired token", put(t, one.to, k.Sign(one.id, time.Now().Add(-time.Minute)), "forged"), http.StatusForbidden)
	check("token of another request", put(t, two.to, one.token, "forged"), http.StatusForbidden)
	check("another adapter's mailbox", put(t, url(other), k.Sign(other, later), "forged"), http.StatusMisdirectedRequest)
	check("request that never was", put(t, url(never), k.Sign(never, later), "forged"), http.StatusGone)
	check("no request id", put(t, d.url+"/requests/1/reply", one.token, "forged"), http.StatusNotFound)
	check("no event", call(t, http.MethodPut, one.to, "forged"), http.StatusBadRequest)
	check("the reply", put(t, one.to, one.token, "one"), http.StatusNoContent)
	check("the other reply", put(t, two.to, two.token, "two"), http.StatusNoContent)
	for want, w := range map[string]waiting{"one": one, "two": two} {
		a := wait.Receive(t, "the answer", w.answer)
		results.add("caller "+want, a)
		if a.is(t, http.StatusOK); a.body != want {
			t.Errorf("caller %s got %s", want, a.body)
		}
	}
	wait.Eventually(t, "the end of the first call", func() bool { return put(t, one.to, one.token, "again").status == http.StatusGone })
	results.log(t)
}

func TestReplyThatComesTwice(t *testing.T) {
	t.Parallel()
	d := adapterAlone(t, newStepServer(t).chainFile(t, gated))
	w := d.begin(t, 0, "Prefer", "respond-async")
	location := wait.Receive(t, "the 202", w.answer).is(t, http.StatusAccepted).header.Get("Location")
	put(t, w.to, w.token, "first").is(t, http.StatusNoContent)
	put(t, w.to, w.token, "second").is(t, http.StatusConflict)
	if a := call(t, http.MethodGet, d.url+location, "").is(t, http.StatusOK); a.body != "first" {
		t.Errorf("got %s", a.body)
	}
}

func TestReplyThatComesAfterTheDeadlineIsFetched(t *testing.T) {
	t.Parallel()
	d := adapterAlone(t, newStepServer(t).chainFile(t, overdue()))
	w := d.begin(t, 0)
	a := wait.Receive(t, "the answer", w.answer).is(t, http.StatusGatewayTimeout).within(t, gatedTimeout/2, gatedTimeout)
	location := d.url + a.header.Get("Location")
	wait.Eventually(t, "the deadline", func() bool { return time.Now().After(w.deadline) })
	call(t, http.MethodGet, location, "").is(t, http.StatusGatewayTimeout)
	put(t, w.to, w.token, "late").is(t, http.StatusNoContent)
	put(t, w.to, w.token, "later").is(t, http.StatusConflict)
	if got := call(t, http.MethodGet, location, "").is(t, http.StatusOK); got.body != "late" {
		t.Errorf("got %s", got.body)
	}
}

func TestReplyToARequestThatWasCancelled(t *testing.T) {
	t.Parallel()
	d := adapterAlone(t, newStepServer(t).chainFile(t, gated))
	w := d.begin(t, 0, "Prefer", "respond-async")
	location := d.url + wait.Receive(t, "the 202", w.answer).is(t, http.StatusAccepted).header.Get("Location")
	call(t, http.MethodDelete, location, "").is(t, http.StatusNoContent)
	put(t, w.to, w.token, "unwanted").is(t, http.StatusGone)
	call(t, http.MethodGet, location, "").is(t, http.StatusGone)
}

// Every event is delivered three times at every hop: the steps run more than
// once, and one reply counts.
func TestEventsDeliveredThreeTimesGiveOneReply(t *testing.T) {
	t.Parallel()
	for s, replies := range map[shape]int{vertexBroker: 3, splitBroker: 27} {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			p := samples(s)
			delete(p.chains, "thumbnail")
			p.broker.copies = 3
			d := deploy(t, p)
			quoted(t, call(t, http.MethodPost, d.url+"/quote", order(t)))
			rejected := func() int { return d.replies.answers(http.StatusConflict) + d.replies.answers(http.StatusGone) }
			wait.Eventually(t, "every reply at the adapter", func() bool { return d.replies.answers(http.StatusNoContent)+rejected() == replies })
			if rejected() != replies-1 || len(d.broker.deadLetters()) != 0 {
				t.Errorf("%d of %d replies were rejected, %d dead letters", rejected(), replies, len(d.broker.deadLetters()))
			}
		})
	}
}
