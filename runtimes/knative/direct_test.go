package knative_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// An event without a routing slip, of a Trigger by type or of who calls a vertex
// as a step, was refused though its chain was here.
func TestAnEventWithoutASlipRunsTheChainOfItsType(t *testing.T) {
	t.Parallel()
	broker := newSink(t, http.StatusAccepted)
	brokered := vertexOf("")
	brokered["HOMING_BROKER_URL"], brokered["HOMING_REPLY_ALLOW"] = broker.url, "http://home.example"
	for name, tt := range map[string]struct {
		env     env
		outType string
	}{
		"http":   {vertexOf(""), "homing.letters"},
		"broker": {brokered, "homing.letters.reply"}, // or the Trigger would bring it back
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, tt.env, letters())
			got := p.give(direct("homing.letters"))
			ev, err := cloudevents.Read(got.header, got.body)
			if err != nil || got.status != http.StatusOK || string(ev.Data()) != "-abc" || ev.Type() != tt.outType ||
				ev.Extensions()["causationid"] != "theirs" || ev.ID() == "theirs" {
				t.Errorf("got %d %v, %v", got.status, ev, err)
			}
			if p := p.give(direct("nobody's")).problem(t, http.StatusBadRequest); !strings.Contains(p.Detail, "homing.letters") {
				t.Errorf("problem %+v", p)
			}
			tt.env["HOMING_STEPS"] = "letters.a,letters.b"
			part := start(t, tt.env, letters())
			if p := part.give(direct("homing.letters")).problem(t, http.StatusBadRequest); !strings.Contains(p.Detail, "step c of chain letters") {
				t.Errorf("problem %+v", p)
			}
		})
	}
	if got := broker.events(); len(got) != 0 {
		t.Errorf("the broker got %v", got)
	}
}

// One with no time ran.
func TestAnEventWithoutASlipThatHasExpiredOrSaysNoTimeIsRefused(t *testing.T) {
	t.Parallel()
	p := start(t, vertexOf(""), letters())
	for expiry, status := range map[string]int{"2020-01-01T00:00:00Z": http.StatusGatewayTimeout, "tomorrow": http.StatusBadRequest} {
		ev := direct("homing.letters")
		ev.SetExtension("expirytime", expiry)
		if p := p.give(ev).problem(t, status); !strings.Contains(p.Detail, "attribute expirytime") {
			t.Errorf("%s: problem %+v", expiry, p)
		}
	}
}

func direct(eventType string) event.Event {
	ev := event.New()
	ev.SetID("theirs")
	ev.SetSource("/theirs")
	ev.SetType(eventType)
	ev.DataEncoded = []byte("-")
	return ev
}
