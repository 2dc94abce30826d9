package vertex

import (
	"maps"
	"net/url"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
)

// carriage names the extension attributes that an event keeps through the
// chain even if a function answers a new event: the request's identity,
// deadline, trace and HTTP parts. httpstatus is not among them: it belongs to
// the event on which a function has set it.
type carriage []string

// carriageRoom is how many attributes are kept without an allocation: all of
// Homing's own and five headers.
const carriageRoom = 16

func newCarriage(headers []string) carriage {
	names := carriage{
		functions.AttrCorrelationID, functions.AttrCausationID, functions.AttrExpiryTime,
		functions.AttrTraceParent, functions.AttrTraceState,
		functions.AttrHTTPMethod, functions.AttrHTTPPath, functions.AttrHTTPQuery,
		functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken,
	}
	for _, h := range headers {
		names = append(names, functions.HeaderAttr(h))
	}
	return names
}

// kept is what the event of one request carries. It is taken before the first
// step runs, so that no function can change it. The request's id is not in it:
// escape analysis takes a struct as a whole, and would put all on the heap.
type kept struct {
	names  carriage
	values []any // of names, in order; nil where the event has none
}

// take remembers what in carries, in room if that is large enough.
func (names carriage) take(in event.Event, room []any) kept {
	if len(names) > len(room) {
		room = make([]any, len(names))
	}
	k := kept{names: names, values: room[:len(names)]}
	ec := contextV1(in.Context)
	if len(ec.Extensions) == 0 {
		return k
	}
	for i, name := range names {
		k.values[i] = ec.Extensions[name]
	}
	return k
}

// fill completes what a function left empty in out. It writes on a copy of the
// attributes: a function may answer the same event to many requests, and one
// request must never see the id or the reply address of another.
func (k *kept) fill(out *event.Event, id string, s *step) {
	ec := *contextV1(out.Context)
	if ec.ID == "" {
		ec.ID = id
	}
	if ec.Source.URL == (url.URL{}) {
		ec.Source = s.source
	}
	if ec.Type == "" {
		ec.Type = s.eventType
	}
	if ec.Time == nil {
		ec.Time = &types.Timestamp{Time: time.Now().UTC()}
	}
	if ec.DataContentType == nil || *ec.DataContentType == "" {
		ec.DataContentType = nil
		if len(out.DataEncoded) > 0 {
			ec.DataContentType = &s.contentType
		}
	}
	ec.Extensions = k.fillExtensions(ec.Extensions)
	out.Context = &ec
}

// fillExtensions gives ext with what is kept, and does not write to ext.
func (k *kept) fillExtensions(ext map[string]any) map[string]any {
	copied := false
	for i, name := range k.names {
		if k.values[i] == nil {
			continue
		}
		if _, set := ext[name]; set {
			continue
		}
		if !copied {
			ext, copied = withRoom(ext, count(k.values[i:])), true
		}
		ext[name] = k.values[i]
	}
	return ext
}

func withRoom(ext map[string]any, more int) map[string]any {
	out := make(map[string]any, len(ext)+more)
	maps.Copy(out, ext)
	return out
}

func count(values []any) int {
	n := 0
	for _, v := range values {
		if v != nil {
			n++
		}
	}
	return n
}
