package vertex

import (
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
// step runs, so that no function can change it.
type kept struct {
	id     string
	names  carriage
	values []any // of names, in order; nil where the event has none
}

func (names carriage) take(in event.Event) kept {
	k := kept{names: names, values: make([]any, len(names))}
	if ec, ok := in.Context.(*event.EventContextV1); ok {
		k.id = ec.ID
		for i, name := range names {
			k.values[i] = ec.Extensions[name]
		}
	}
	return k
}

// fill completes what a function left empty in out, its answer to in.
func (k *kept) fill(out *event.Event, in event.Event, s *step, now func() time.Time) {
	if out.Context == in.Context { // the function handed its input on
		return
	}
	var ec *event.EventContextV1
	switch c := out.Context.(type) {
	case nil:
		ec = &event.EventContextV1{}
	case *event.EventContextV1:
		ec = c
	default:
		ec = c.AsV1()
	}
	out.Context = ec
	if ec.ID == "" {
		ec.ID = k.id
	}
	if ec.Source.URL == (url.URL{}) {
		ec.Source = s.source
	}
	if ec.Type == "" {
		ec.Type = s.eventType
	}
	if ec.Time == nil {
		ec.Time = &types.Timestamp{Time: now().UTC()}
	}
	if ec.DataContentType == nil && len(out.DataEncoded) > 0 {
		ec.DataContentType = &s.contentType
	}
	k.fillExtensions(ec)
}

func (k *kept) fillExtensions(ec *event.EventContextV1) {
	if ec.Extensions == nil {
		ec.Extensions = make(map[string]any, len(k.names))
	}
	for i, name := range k.names {
		if k.values[i] == nil {
			continue
		}
		if _, set := ec.Extensions[name]; !set {
			ec.Extensions[name] = k.values[i]
		}
	}
}
