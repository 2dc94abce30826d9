package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// fault is something that a step at a URL may do, and what the caller must get.
type fault struct {
	name       string
	answer     http.HandlerFunc
	status     int
	retryAfter string
	untilEnd   bool // the answer comes at the deadline
}

func faults() []fault {
	return []fault{
		{name: "garbage", status: 502, answer: plain(200, "text/plain", "%%% \xff\x00")},
		{name: "json-without-event", status: 502, answer: plain(200, "application/json", `{"ok":true}`)},
		{name: "event-without-id", status: 502, answer: withHeader(200, "Ce-Specversion", "1.0")},
		{name: "structured-garbage", status: 502, answer: plain(200, "application/cloudevents+json", `{"specversion":`)},
		{name: "empty", status: 204, answer: plain(200, "", "")},
		{name: "no-content", status: 204, answer: plain(204, "", "")},
		{name: "accepted-without-reply", status: 502, answer: plain(202, "", "")},
		{name: "moved", status: 502, answer: withHeader(302, "Location", "/gate")},
		{name: "moved-permanently", status: 502, answer: withHeader(308, "Location", "/gate")},
		{name: "not-found", status: 404, answer: plain(404, "text/plain", "no")},
		{name: "refused", status: 422, answer: plain(422, "application/problem+json", `{"status":422,"detail":"not so"}`)},
		{name: "busy", status: 429, retryAfter: "60", answer: withHeader(429, "Retry-After", "60")},
		{name: "failed", status: 500, answer: plain(500, "text/html", "<h1>oops</h1>")},
		{name: "unavailable", status: 503, retryAfter: "60", answer: withHeader(503, "Retry-After", "60")},
		{name: "truncated", status: 502, answer: truncated},
		{name: "hung-up", status: 502, answer: hungUp},
		{name: "no-http", status: 502, answer: noHTTP},
		{name: "too-large", status: 502, answer: withHeader(200, "Content-Length", "17000000")},
		{name: "status-that-is-none", status: 500, answer: statusThatIsNone},
		{name: "never", status: 504, answer: never, untilEnd: true},
		{name: "half-an-answer", status: 504, answer: halfAnAnswer, untilEnd: true},
	}
}

func plain(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func withHeader(status int, name, value string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(name, value)
		w.WriteHeader(status)
	}
}

func truncated(w http.ResponseWriter, r *http.Request) {
	m := received(r)
	w.Header().Set("Content-Length", "100000")
	m.write(w)
}

func hungUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func noHTTP(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = conn.Write([]byte("SSH-2.0-OpenSSH_9\r\n"))
		conn.Close()
	}
}

func statusThatIsNone(w http.ResponseWriter, r *http.Request) {
	m := received(r)
	m.header.Set("Ce-Httpstatus", "99")
	m.write(w)
}

func never(_ http.ResponseWriter, r *http.Request) {
	received(r) // or net/http would not see the caller go
	<-r.Context().Done()
}

func halfAnAnswer(w http.ResponseWriter, r *http.Request) {
	received(r).write(w)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// remoteTimeout is the timeout of the chains that run into it, and enoughTime that of
// the others: less than the faults with a Retry-After ask for, which so is no use.
const (
	remoteTimeout = 3 * second
	enoughTime    = 30 * second
)

// timeout is that of the chain that runs into a fault.
func (f fault) timeout() time.Duration {
	if f.untilEnd {
		return remoteTimeout
	}
	return enoughTime
}

// faulty declares a chain of one step for every fault.
func faulty() (text string, chains map[string][]string) {
	var b strings.Builder
	chains = map[string][]string{}
	b.WriteString("chains:\n")
	for _, f := range faults() {
		fmt.Fprintf(&b, "  - {name: %s, route: POST /%s, timeout: %s, steps: [{name: far, url: '{url}/%s'}]}\n",
			f.name, f.name, f.timeout(), f.name)
		chains[f.name] = []string{"far"}
	}
	return b.String(), chains
}

// TestStepAtURLThatFailsIsAnHonestStatus holds that in every shape the same
// failure of a remote step is the same status for the caller.
func TestStepAtURLThatFailsIsAnHonestStatus(t *testing.T) {
	t.Parallel()
	for _, s := range []shape{inline, vertexHTTP, vertexBroker} {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			steps := newStepServer(t)
			text, chains := faulty()
			d := deploy(t, plan{shape: s, file: steps.chainFile(t, text), chains: chains, broker: patient()})
			var calls sync.WaitGroup
			var results table
			for _, f := range faults() {
				calls.Go(func() {
					a, err := try(t.Context(), newClient(t), http.MethodPost, d.url+"/"+f.name, "data")
					if err != nil {
						t.Errorf("%s: no answer: %v", f.name, err)
						return
					}
					results.add(f.name, a)
					f.check(t, a)
				})
			}
			calls.Wait()
			results.log(t)
			if d.broker != nil && len(d.broker.deadLetters()) != 0 {
				t.Errorf("%d dead letters, though every caller has got an answer", len(d.broker.deadLetters()))
			}
		})
	}
}

func (f fault) check(t *testing.T, a answer) {
	t.Helper()
	if a.status != f.status || a.header.Get("Retry-After") != f.retryAfter {
		t.Errorf("%s: %d, Retry-After %q, %s; want %d, %q", f.name, a.status, a.header.Get("Retry-After"), a.body, f.status, f.retryAfter)
		return
	}
	a.is(t, f.status)
	least := time.Duration(0)
	if f.untilEnd {
		least = remoteTimeout / 2
	}
	if a.took < least || a.took > wait.Bound(remoteTimeout+busy) { // at once, if it is not the end of the time
		t.Errorf("%s: the answer came after %s of %s", f.name, a.took, f.timeout())
	}
}
