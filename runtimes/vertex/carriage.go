package vertex

import (
	"context"
	"maps"
	"net/url"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// carriage names the extension attributes that an event keeps through the
// chain even if a function answers a new event: the request's identity,
// deadline, trace and HTTP parts. httpstatus is not among them: it belongs to
// the event on which a function has set it.
type carriage struct {
	names []string
	pool  sync.Pool // of *kept
}

func newCarriage(headers []string) *carriage {
	c := &carriage{names: []string{
		functions.AttrCorrelationID, functions.AttrCausationID, functions.AttrExpiryTime,
		functions.AttrTraceParent, functions.AttrTraceState,
		functions.AttrHTTPMethod, functions.AttrHTTPPath, functions.AttrHTTPQuery,
		functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken,
	}}
	for _, h := range headers {
		c.names = append(c.names, functions.HeaderAttr(h))
	}
	c.pool.New = func() any { return &kept{carriage: c, values: make([]any, len(c.names))} }
	return c
}

// kept is an event on its way through the steps, and what it carries: that is
// taken before the first step runs, so that no function can change it.
type kept struct {
	*carriage

	ctx      context.Context //nolint:containedctx // for the time of one call
	event    *event.Event
	progress func(reply.Progress)

	id     string
	values []any // of the names, in order; nil where the event has none
	count  int   // of those that it has
}

// take remembers what in carries.
func (c *carriage) take(in *event.Event) *kept {
	k, _ := c.pool.Get().(*kept)
	ec := contextV1(in.Context)
	k.event, k.id, k.count = in, ec.ID, 0
	for i, name := range c.names {
		if k.values[i] = ec.Extensions[name]; k.values[i] != nil {
			k.count++
		}
	}
	return k
}

// giveBack lets another request use k.
func (k *kept) giveBack() {
	k.ctx, k.event, k.progress, k.id = nil, nil, nil, ""
	clear(k.values)
	k.pool.Put(k)
}

// filled is the context of an event that was filled in, with its time.
type filled struct {
	context event.EventContextV1
	time    types.Timestamp
}

// fill completes what a function left empty in the event. It writes on a copy of the
// attributes: a function may answer the same event to many requests, and one
// request must never see the id or the reply address of another.
func (k *kept) fill(s *step) {
	out := k.event
	f := &filled{context: *contextV1(out.Context)}
	ec := &f.context
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
		f.time.Time = time.Now().UTC()
		ec.Time = &f.time
	}
	if ec.DataContentType == nil || *ec.DataContentType == "" {
		ec.DataContentType = nil
		if len(out.DataEncoded) > 0 {
			ec.DataContentType = &s.contentType
		}
	}
	ec.Extensions = k.fillExtensions(ec.Extensions)
	out.Context = ec
}

// fillExtensions gives ext with what is kept, and does not write to ext.
func (k *kept) fillExtensions(ext map[string]any) map[string]any {
	copied := false
	for i, name := range k.names {
		if k.values[i] == nil {
			continue
		}
		if v, set := ext[name]; set && (!fixed(name) || sameText(v, k.values[i])) {
			continue
		}
		if !copied {
			ext, copied = withRoom(ext, k.count), true
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

// fixed says whether an attribute is the request's own, which no function and no
// remote step may change: whose reply it is, until when, and where it goes.
func fixed(name string) bool {
	switch name {
	case functions.AttrCorrelationID, functions.AttrExpiryTime, functions.AttrReplyTo, functions.AttrReplyToken:
		return true
	default:
		return false
	}
}

func sameText(a, b any) bool {
	s, ok := a.(string)
	return ok && b == any(s)
}
