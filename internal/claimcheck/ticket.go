package claimcheck

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// ticket is what the attribute claimcheck of an event holds: the bodies that are
// kept for its request, as "hash-size" with spaces between them. The first is the
// data of the event itself if it has a "=" in front of it. What a function has set as
// dataref stands behind an "@", since ours takes its place meanwhile.
type ticket struct {
	bodies []reply.Body
	here   bool // the first is the data of the event
	ref    string
}

const (
	markHere = "="
	markRef  = "@"
)

var errTicket = errors.New("it is malformed")

// ticketOf reads the ticket of an event. All bodies in it are those of its request,
// whatever it says.
func ticketOf(ev event.Event) (ticket, error) {
	text := functions.Attribute(ev, functions.AttrClaimCheck)
	if text == "" {
		return ticket{}, nil
	}
	id, err := reply.ParseID(carrier.RequestID(ev))
	if err != nil {
		return ticket{}, fmt.Errorf("its request: %w", err)
	}
	var t ticket
	for i, entry := range strings.Fields(text) {
		if ref, ok := strings.CutPrefix(entry, markRef); ok {
			if t.ref, err = url.QueryUnescape(ref); err != nil {
				return ticket{}, errTicket
			}
			continue
		}
		if i == 0 {
			entry, t.here = strings.CutPrefix(entry, markHere)
		}
		b, err := parseBody(id, entry)
		if err != nil {
			return ticket{}, err
		}
		t.bodies = append(t.bodies, b)
	}
	return t, nil
}

func parseBody(id reply.ID, entry string) (reply.Body, error) {
	b := reply.Body{Request: id}
	hash, size, _ := strings.Cut(entry, "-")
	n, err := hex.Decode(b.Hash[:], []byte(hash[:min(len(hash), hex.EncodedLen(len(b.Hash)))]))
	if err != nil || n != len(b.Hash) || len(hash) != hex.EncodedLen(n) {
		return reply.Body{}, errTicket
	}
	if b.Size, err = strconv.ParseInt(size, 10, 64); err != nil || b.Size < 0 {
		return reply.Body{}, errTicket
	}
	return b, nil
}

// String is the attribute; "" if nothing is kept.
func (t ticket) String() string {
	entries := make([]string, 0, len(t.bodies)+1)
	for i, b := range t.bodies {
		entry := hex.EncodeToString(b.Hash[:]) + "-" + strconv.FormatInt(b.Size, 10)
		if i == 0 && t.here {
			entry = markHere + entry
		}
		entries = append(entries, entry)
	}
	if t.ref != "" {
		entries = append(entries, markRef+url.QueryEscape(t.ref))
	}
	return strings.Join(entries, " ")
}

// on returns a copy of ev, whose data is not copied, with the ticket and a dataref;
// what is empty is not set.
func (t ticket) on(ev event.Event, ref string) event.Event {
	return carrier.WithAttributes(ev, functions.AttrClaimCheck, t.String(), attrDataRef, ref)
}

// refOf is the dataref of a body: where it is, and which it is.
func refOf(place string, b reply.Body) string {
	return place + b.Request.String() + "/" + hex.EncodeToString(b.Hash[:])
}
