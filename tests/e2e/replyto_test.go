package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// Whoever can put an event on the broker must not make a vertex call a service
// of their choice: replyto is followed only where HOMING_REPLY_ALLOW says.
func TestVertexSendsRepliesOnlyWhereItMay(t *testing.T) {
	t.Parallel()
	called := make(chan string, 1)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called <- r.URL.Path }))
	t.Cleanup(elsewhere.Close)
	p := samples(vertexBroker)
	d := deploy(t, p)
	keys, err := reply.ParseKeys(replyKeys) // that a vertex has let out
	if err != nil {
		t.Fatal(err)
	}
	id := reply.NewID(time.Now(), 1)
	for n, replyTo := range []string{elsewhere.URL + "/admin", d.replies.url + "/../admin", "file:///etc/passwd"} {
		call(t, http.MethodPost, d.broker.url, order(t), "Content-Type", "application/json",
			"Ce-Specversion", "1.0", "Ce-Id", id.String(), "Ce-Source", "/evil", "Ce-Type", "evil",
			"Ce-Routingslip", "quote.validate,quote.enrich,quote.price,", "Ce-Replyto", replyTo, "Ce-Replytoken", keys.Sign(id, time.Now().Add(time.Hour)))
		wait.Eventually(t, "the dead letter of "+replyTo, func() bool { return len(d.broker.deadLetters()) == n+1 })
		if code := d.broker.deadLetters()[n].attribute("Knativeerrorcode"); code != "403" {
			t.Errorf("%s: %s", replyTo, code)
		}
	}
	if len(called) != 0 {
		t.Errorf("the vertex called %s there", <-called)
	}
	if n := d.replies.answers(http.StatusNotFound); n != 0 {
		t.Errorf("the vertex called the adapter %d times", n)
	}
}
