package knative_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

func keysOf(t *testing.T, text string) reply.Keys {
	t.Helper()
	keys, err := reply.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// signed is a request with the token that an adapter with these keys gives it.
func signed(t *testing.T, keys string, expires time.Time, attrs ...string) event.Event {
	t.Helper()
	ev := request("letters.a,letters.b,letters.c,", attrs...)
	id, err := reply.ParseID(ev.ID())
	if err != nil {
		t.Fatal(err)
	}
	ev.SetExtension(functions.AttrReplyToken, keysOf(t, keys).Sign(id, expires))
	return ev
}

// strangers are events that no adapter with the key a has sent.
func strangers(t *testing.T) map[string]event.Event {
	t.Helper()
	hour := time.Now().Add(time.Hour)
	other, theirs := signed(t, "a="+secret, hour), request("letters.a,letters.b,letters.c,")
	theirs.SetExtension(functions.AttrReplyToken, other.Extensions()[functions.AttrReplyToken])
	anonymous := signed(t, "a="+secret, hour)
	anonymous.SetExtension(functions.AttrCorrelationID, "1")
	direct := event.New()
	direct.SetID("1")
	direct.SetSource("/s")
	direct.SetType("homing.letters")
	return map[string]event.Event{
		"no token":              request("letters.a,letters.b,letters.c,"),
		"a token of no form":    request("letters.a,letters.b,letters.c,", functions.AttrReplyToken, "token"),
		"another key":           signed(t, "a=another-of-sixteen", hour),
		"another key id":        signed(t, "b="+secret, hour),
		"another request":       theirs,
		"no request":            anonymous,
		"straight to its chain": direct,
	}
}

func TestAVertexTakesNoEventOfAStranger(t *testing.T) {
	t.Parallel()
	broker, adapter := newSink(t, http.StatusAccepted), newSink(t, http.StatusNoContent)
	for carrier, e := range map[string]env{
		"http":   {"HOMING_ROLE": "vertex"},
		"broker": {"HOMING_ROLE": "vertex", "HOMING_BROKER_URL": broker.url, "HOMING_REPLY_ALLOW": adapter.url},
	} {
		v := start(t, with(e, "HOMING_REPLY_KEYS", "a="+secret), letters())
		for name, ev := range strangers(t) {
			got := v.give(ev)
			if got.problem(t, http.StatusUnauthorized); got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s, %s: no WWW-Authenticate", carrier, name)
			}
		}
	}
	if n := len(broker.events()) + len(adapter.events()); n > 0 {
		t.Errorf("%d events came of those of strangers", n)
	}
}

func TestAVertexTakesTheEventsOfItsAdapters(t *testing.T) {
	t.Parallel()
	v := start(t, env{"HOMING_ROLE": "vertex", "HOMING_REPLY_KEYS": "a=" + secret + ",b=second-" + secret}, letters())
	open := start(t, env{"HOMING_ROLE": "vertex"}, letters())
	hour := time.Now().Add(time.Hour)
	for name, tc := range map[string]struct {
		at *process
		ev event.Event
	}{
		"the first key":      {v, signed(t, "a="+secret, hour)},
		"a key to come":      {v, signed(t, "b=second-"+secret, hour)},
		"sent again late":    {v, signed(t, "a="+secret, time.Now().Add(-time.Hour))},
		"a vertex, no keys":  {open, request("letters.a,letters.b,letters.c,")},
		"and any other keys": {open, signed(t, "z="+secret, hour)},
	} {
		if got := tc.at.give(tc.ev); got.status != http.StatusOK || string(got.body) != "-abc" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// A dead letter ends a request and takes room.
func TestTheDeadLetterSinkTakesNoEventOfAStranger(t *testing.T) {
	t.Parallel()
	adapter := newSink(t, http.StatusNoContent)
	f := start(t, env{"HOMING_ROLE": "failure", "HOMING_REPLY_ALLOW": adapter.url, "HOMING_REPLY_KEYS": "a=" + secret}, letters())
	for name, ev := range strangers(t) {
		ev.SetExtension("knativeerrorcode", "500")
		ev.SetExtension(functions.AttrReplyTo, adapter.url+replyPath)
		if got := f.give(ev); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if n := len(adapter.events()); n > 0 {
		t.Errorf("%d requests were ended by strangers", n)
	}
	own := signed(t, "a="+secret, time.Now().Add(time.Hour), "knativeerrorcode", "500", functions.AttrReplyTo, adapter.url+replyPath)
	if got := f.give(own); got.status != http.StatusNoContent {
		t.Errorf("the adapter's own: %d %s", got.status, got.body)
	}
	adapter.only("PUT " + replyPath)
}
