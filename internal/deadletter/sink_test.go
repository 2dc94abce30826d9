package deadletter_test

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/deadletter"
)

// given is an event that a broker has given up.
func given(t *testing.T, id reply.ID, code, answer string) event.Event {
	t.Helper()
	ev := event.New()
	ev.SetID(id.String())
	ev.SetSource("/chains/quote")
	ev.SetType("homing.quote")
	ev.SetDataContentType("text/plain")
	ev.DataEncoded = []byte("hello")
	for name, value := range map[string]string{
		"expirytime": time.Now().Add(time.Minute).UTC().Format(time.RFC3339), "replyto": "http://adapter/requests/1/reply", "replytoken": "t",
		"routingslip": "quote.price,quote.round,", "knativeerrordest": "http://homing-quote.default.svc.cluster.local",
		"knativeerrorcode": code, "knativeerrordata": base64.StdEncoding.EncodeToString([]byte(answer)), "knativearrivaltime": "now",
		"custom": "stays",
	} {
		if value != "" {
			ev.SetExtension(name, value)
		}
	}
	return ev
}

func TestReasonsOfKnativeAreHonest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		code, answer string
		reason       deadletter.Reason
		status       int
		tries        int
	}{
		"no connection":        {"500", "dispatch error: dial tcp: connection refused", deadletter.Unreachable, 502, 6},
		"no answer":            {"-1", "", deadletter.Unreachable, 502, 6},
		"too late":             {"500", `dispatch error: Post "http://x": context deadline exceeded`, deadletter.TimedOut, 504, 6},
		"queue-proxy timeout":  {"504", "request timeout", deadletter.TimedOut, 504, 6},
		"killed":               {"502", "EOF", deadletter.Crashed, 500, 6},
		"too many":             {"429", "", deadletter.NotRun, 503, 6},
		"breaker full":         {"503", "pending request queue full", deadletter.NotRun, 503, 6},
		"draining":             {"503", `{"title":"Service Unavailable","status":503,"det`, deadletter.Undelivered, 503, 6},
		"another step's":       {"404", `{"title":"Not Found","status":404}`, deadletter.Refused, 502, 6},
		"malformed":            {"400", "", deadletter.Refused, 502, 1},
		"broker refused":       {"502", `{"title":"Broker refused the event","status":502}`, deadletter.Failed, 500, 6},
		"of a vertex":          {"500", "boom", deadletter.Failed, 500, 6},
		"by no broker of ours": {"", "", deadletter.Unknown, 500, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ev := given(t, newID(), tc.code, tc.answer)
			l, err := deadletter.Sink{Broker: "http://broker", Retries: 5}.Letter(ev, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			p := l.Problem()
			if l.Reason != tc.reason || p.StatusCode() != tc.status || l.Tries != tc.tries || p.Step != "price" || p.RequestID != ev.ID() {
				t.Errorf("got %s %s, %d tries, %+v", l.Reason, l.Detail, l.Tries, p.Problem)
			}
			if tc.answer != "" && strings.Contains(p.Detail, tc.answer) {
				t.Errorf("the caller reads what the vertex has said: %s", p.Detail)
			}
		})
	}
}

func TestLetterOfKnativeHoldsTheEventAsItWasSent(t *testing.T) {
	t.Parallel()
	ev := given(t, newID(), "503", strings.Repeat("x", 3000))
	cut := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 3000)))[:1023] // within a group
	ev.SetExtension("knativeerrordata", cut)
	before := ev.String()
	sink := deadletter.Sink{Broker: "http://broker"}
	l, err := sink.Letter(ev, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	body, err := l.Encode(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if l, err = deadletter.Open(body); err != nil {
		t.Fatal(err)
	}
	sent, err := l.CloudEvent()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sent.String(), "knative") || sent.Extensions()["custom"] != "stays" || sent.Extensions()["replytoken"] != "t" || string(sent.Data()) != "hello" {
		t.Errorf("got %s", sent)
	}
	if l.Chain != "quote" || l.Step != "price" || l.RequestID != ev.ID() || l.Broker != "http://broker" || l.Deadline.IsZero() || l.Kept.IsZero() ||
		!strings.HasSuffix(l.Function, "cluster.local") || !strings.Contains(string(l.Record), "xxx") || ev.String() != before {
		t.Errorf("got %+v", l)
	}
}

func TestSameEventAtTheSameStepHasTheSameKey(t *testing.T) {
	t.Parallel()
	id := newID()
	key := func(change func(*event.Event)) string {
		ev := given(t, id, "503", "a")
		change(&ev)
		l, err := deadletter.Sink{}.Letter(ev, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return l.Key
	}
	same := key(func(*event.Event) {})
	if again := key(func(e *event.Event) {
		e.SetExtension("knativeerrorcode", "500")
		e.SetExtension("knativeerrordata", "")
		e.SetExtension("knativeerrordest", "http://other")
	}); again != same {
		t.Error("the same event has two keys")
	}
	for name, change := range map[string]func(*event.Event){
		"step": func(e *event.Event) { e.SetExtension("routingslip", "quote.round,") },
		"id":   func(e *event.Event) { e.SetID(newID().String()) },
	} {
		if key(change) == same {
			t.Errorf("another %s has the same key", name)
		}
	}
}

func TestWhatIsNoDeadLetterIsRefused(t *testing.T) {
	t.Parallel()
	for i, change := range []func(*event.Event){
		func(e *event.Event) { e.SetExtension("knativeerrorcode", "five hundred") },
		func(e *event.Event) { e.SetExtension("knativeerrordata", "!!!!") },
		func(e *event.Event) {
			for _, name := range []string{"knativeerrorcode", "knativeerrordest", "routingslip"} {
				e.SetExtension(name, nil)
			}
		},
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			ev := given(t, newID(), "500", "a")
			change(&ev)
			if l, err := (deadletter.Sink{}).Letter(ev, time.Now()); err == nil || strings.Contains(err.Error(), "hello") {
				t.Errorf("got %+v, %v", l, err)
			}
		})
	}
}
