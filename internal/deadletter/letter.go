package deadletter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// versionPrefix begins the version of every letter.
const versionPrefix = "homing.letter/"

// Version is the version of the form of a [Letter] that this package writes.
const Version = versionPrefix + "1"

// Letter is what is kept of an event whose function has died. Event and Record
// together are the whole destination record, but for what is in LeftOut.
type Letter struct {
	// Version is [Version] in a letter that was kept by a [Handler], and "" in
	// one that [Open] made of what Lambda put into the queue.
	Version string `json:"version,omitempty"`
	// Kept is when it was put into the queue; zero if Lambda did that.
	Kept time.Time `json:"kept,omitzero"`
	// Died is when the platform gave up; zero if it is not known.
	Died time.Time `json:"died,omitzero"`
	// Reason and Detail are why the event is here: Detail in Lambda's words,
	// without any data of the event. Detail may be "".
	Reason Reason `json:"reason"`
	Detail string `json:"detail,omitempty"`
	// RequestID is the id of the request, "" if the payload was no event.
	RequestID string `json:"requestID,omitempty"`
	// Chain and Step are the first of the routing slip, "" if there is none.
	Chain string `json:"chain,omitempty"`
	Step  string `json:"step,omitempty"`
	// Function is the ARN of the function that died, or on Knative the URL of the
	// vertex; "" if it is not known.
	Function string `json:"function,omitempty"`
	// Broker is the URL of the broker on Knative that has given the event up; "" if
	// that is not known, and on Lambda.
	Broker string `json:"broker,omitempty"`
	// Key is the same for the same event at the same step, on Knative. It is "" on
	// Lambda.
	Key string `json:"key,omitempty"`
	// Invocation is Lambda's id of the invocation. Letters with the same one
	// are copies. It is "" if Lambda kept the bare event.
	Invocation string `json:"invocation,omitempty"`
	// Tries is about how often the function was tried; 0 if it was not or if that is
	// not known.
	Tries int `json:"tries,omitempty"`
	// Deadline is the event's, zero if it has none.
	Deadline time.Time `json:"deadline,omitzero"`
	// Callback is the URL that the reply in Event could not be delivered to, by the
	// header Homing-Callback; "" for all other reasons than [Undeliverable].
	Callback string `json:"callback,omitempty"`
	// Unanswered is why the failure function could not do its work, so that the
	// caller may have no reply; "" if it could.
	Unanswered string `json:"unanswered,omitempty"`
	// LeftOut names what did not fit into the queue: "response" (what the
	// function answered), "data" (of the event), "event", "text" or "record".
	LeftOut []string `json:"leftOut,omitempty"`
	// Event is what the function was invoked with, or with Callback the reply: a
	// CloudEvent in structured mode if it is one of ours, else any JSON.
	Event json.RawMessage `json:"event,omitempty"`
	// Record is the destination record without its requestPayload, or on Knative
	// what the vertex has answered.
	Record json.RawMessage `json:"record,omitempty"`
	// Text is a payload that was no JSON.
	Text string `json:"text,omitempty"`
}

// NewLetter returns the letter of what the failure function was invoked with, at
// the time now. Whatever that is can be kept.
func NewLetter(payload []byte, now time.Time) Letter {
	l := read(payload)
	l.Version, l.Kept = Version, now.UTC().Truncate(time.Millisecond)
	return l
}

// deepest is how many records may be one inside the other: that of the failure
// function holds that of the function that died.
const deepest = 4

// read returns the letter of a destination record, an event, or anything.
func read(payload []byte) Letter {
	outer, err := ParseRecord(payload)
	if err != nil {
		return bare(payload)
	}
	var unanswered string
	for range deepest {
		inner, err := ParseRecord(outer.RequestPayload)
		if err != nil {
			break
		}
		if unanswered == "" {
			reason, detail := outer.why()
			unanswered = join(string(reason), detail)
		}
		payload, outer = outer.RequestPayload, inner
	}
	l := Letter{
		Died:       outer.Time(),
		Function:   clip(outer.RequestContext.FunctionARN),
		Invocation: clip(outer.RequestContext.RequestID),
		Tries:      outer.RequestContext.ApproximateInvokeCount,
		Unanswered: unanswered,
		Record:     without(payload, "requestPayload"),
	}
	l.Reason, l.Detail = outer.why()
	return l.addressed(outer.RequestPayload)
}

// bare returns the letter of a payload that no record is around.
func bare(payload []byte) Letter {
	if !json.Valid(payload) {
		return Letter{Reason: Unknown, Text: strings.ToValidUTF8(string(payload), "\ufffd")}
	}
	return Letter{Reason: Unknown}.addressed(payload)
}

// addressed is the letter with an event, and what is in that of its request.
func (l Letter) addressed(payload json.RawMessage) Letter {
	if len(payload) == 0 || bytes.Equal(payload, []byte("null")) {
		return l
	}
	l.Event = payload
	ev, err := l.CloudEvent()
	if err != nil {
		return l // kept all the same
	}
	l.RequestID = clip(carrier.RequestID(ev))
	if chain, step, ok := carrier.SlipOf(ev).Next(); ok {
		l.Chain, l.Step = clip(chain), clip(step)
	}
	if deadline, err := carrier.Deadline(ev); err == nil {
		l.Deadline = deadline.UTC()
	}
	return l
}

// CloudEvent reads the event of the letter. It fails if there is none, or if
// it is no CloudEvent. The event shares the memory of the letter.
func (l Letter) CloudEvent() (event.Event, error) {
	header := http.Header{"Content-Type": {cloudevents.StructuredType}}
	ev, err := cloudevents.Read(header, l.Event)
	if err != nil {
		return event.Event{}, fmt.Errorf("the payload is no CloudEvent: %w", err)
	}
	return ev, nil
}

// Request is the request that waits in the reply store for the reply of the
// letter's event, and is kept there for a retention after its deadline. ok is false
// if the event is none of ours, or if its reply does not go to the store.
func (l Letter) Request(retention time.Duration) (r reply.Request, ok bool) {
	id, err := reply.ParseID(l.RequestID)
	if err != nil || l.Chain == "" || l.Deadline.IsZero() {
		return reply.Request{}, false
	}
	ev, err := l.CloudEvent()
	if err != nil || functions.Attribute(ev, functions.AttrReplyTo) != carrier.ReplyToStore {
		return reply.Request{}, false
	}
	return reply.Request{
		ID: id, Chain: l.Chain, Deadline: l.Deadline, Expires: l.Deadline.Add(retention),
		Callback: functions.Attribute(ev, functions.AttrCallback),
	}, true
}

// clip bounds a text that somebody else chose, in whole characters.
func clip(text string) string {
	const longest = 1 << 10
	if len(text) <= longest {
		return text
	}
	end := longest
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
