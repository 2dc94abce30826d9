package carrier

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// ReplyTo is how vertices complete the requests of an adapter. The zero value
// means that they cannot: they must answer.
type ReplyTo struct {
	// URL under which they reach the adapter; "" if they answer, or share its store.
	URL string
	// Keys sign the tokens of replies, by which vertices know events of the adapter,
	// too. Without a URL there may be none.
	Keys reply.Keys
	// Retention is for how long after its deadline a reply is taken.
	Retention time.Duration
}

// ReplyToStore is the attribute replyto of an event whose reply is put into the
// reply store that adapter and vertex share.
const ReplyToStore = "store:"

// address puts the slip on ev, and where its reply is to go. An event for a step
// of somebody else, without a slip, has nothing of what only vertices are to know:
// who has the token of a request can end it.
func (to ReplyTo) address(ev event.Event, slip Slip) (event.Event, error) {
	switch {
	case to.URL == "" && slip == "":
		return StripRouting(ev), nil
	case to.URL == "" && !to.Keys.Any():
		return toVertex(ev, slip, ""), nil
	}
	request := RequestID(ev)
	id, err := reply.ParseID(request)
	if err != nil {
		return event.Event{}, fmt.Errorf("address the reply of %q: %w", request, err)
	}
	deadline, err := Deadline(ev)
	if err != nil {
		return event.Event{}, err
	}
	token := to.Keys.Sign(id, deadline.Add(to.Retention))
	if to.URL == "" { // the token alone, by which a vertex knows whose event it is
		return toVertex(ev, slip, token), nil
	}
	return with(ev,
		functions.AttrRoutingSlip, string(slip),
		functions.AttrReplyTo, strings.TrimSuffix(to.URL, "/")+"/requests/"+request+"/reply",
		functions.AttrReplyToken, token,
	), nil
}

// toVertex returns ev for a vertex of ours that is not told where its reply goes: it
// answers, or shares the store. Then it is what delivers the reply to a callback.
func toVertex(ev event.Event, slip Slip, token string) event.Event {
	return WithAttributes(ev, functions.AttrRoutingSlip, string(slip), functions.AttrReplyToken, token,
		functions.AttrReplyTo, "", functions.AttrClaimCheck, "")
}

// errNoReplyTo is for a step that has accepted an event without knowing where to
// send the reply.
var errNoReplyTo = errors.New("it was not told where to send a reply")

// expected turns an acceptance into an error if no reply can follow it.
func (to ReplyTo) expected(url string, err error) error {
	if to.URL == "" && errors.Is(err, ErrAccepted) {
		return BadResponse(url, "202 Accepted where a result was expected", errNoReplyTo)
	}
	return err
}

// RequestID returns the id of the request that ev belongs to.
func RequestID(ev event.Event) string {
	if id := functions.Attribute(ev, functions.AttrCorrelationID); id != "" {
		return id
	}
	return ev.ID()
}

// Deadline reads the expirytime of ev.
func Deadline(ev event.Event) (time.Time, error) {
	switch v := ev.Extensions()[functions.AttrExpiryTime].(type) {
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return time.Time{}, fmt.Errorf("attribute %s is not an RFC 3339 time: %w", functions.AttrExpiryTime, err)
		}
		return t, nil
	case types.Timestamp:
		return v.Time, nil
	default:
		return time.Time{}, fmt.Errorf("attribute %s is missing", functions.AttrExpiryTime)
	}
}
