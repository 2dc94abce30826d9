package vertex

import (
	"context"
	"maps"
	"net/url"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// propagated names the extension attributes that an event keeps through the
// chain even if a function returns a new event: the request's identity,
// deadline, trace and HTTP parts. httpstatus is not among them: it belongs to
// the event on which a function has set it.
type propagated struct {
	names []string
	pool  sync.Pool // of *execution
}

func newPropagated(headers []string) *propagated {
	p := &propagated{names: []string{
		functions.AttrCorrelationID, functions.AttrCausationID, functions.AttrExpiryTime,
		functions.AttrTraceParent, functions.AttrTraceState,
		functions.AttrHTTPMethod, functions.AttrHTTPPath, functions.AttrHTTPQuery,
		functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken,
	}}
	for _, h := range headers {
		p.names = append(p.names, functions.HeaderAttr(h))
	}
	p.pool.New = func() any { return &execution{propagated: p, values: make([]any, len(p.names))} }
	return p
}

// execution is an event on its way through the steps, with the attributes that
// it propagates: they are read before the first step runs, so that no function
// can change them.
type execution struct {
	*propagated

	ctx        context.Context //nolint:containedctx // for the time of one call
	event      *event.Event
	onProgress func(reply.Progress)

	id     string
	values []any // of the names, in order; nil where the event has none
	count  int   // of those that it has
}

// start begins the execution of in.
func (p *propagated) start(in *event.Event) *execution {
	x, _ := p.pool.Get().(*execution)
	ec := contextV1(in.Context)
	x.event, x.id, x.count = in, ec.ID, 0
	for i, name := range p.names {
		if x.values[i] = ec.Extensions[name]; x.values[i] != nil {
			x.count++
		}
	}
	return x
}

// release lets another request use x.
func (x *execution) release() {
	x.ctx, x.event, x.onProgress, x.id = nil, nil, nil, ""
	clear(x.values)
	x.pool.Put(x)
}

// run puts the event through the steps, and releases x. What is between a
// function that waits and the goroutine of its connection is kept short here.
func (x *execution) run(ctx context.Context, steps []*step, onProgress func(reply.Progress)) (carrier.Result, error) {
	x.ctx, x.onProgress = ctx, onProgress
	out := carrier.Result{Event: x.event}
	var err error
	for _, s := range steps {
		var d disposition
		if d, err = x.runStep(s); err != nil || d != passed {
			out = carrier.Result{Accepted: d == accepted}
			break
		}
	}
	x.release()
	return out, err
}

// runStep puts the event through one step.
func (x *execution) runStep(s *step) (d disposition, err error) {
	if x.ctx.Err() != nil {
		return passed, context.Cause(x.ctx)
	}
	given := x.event.Context
	if s.plain && x.onProgress == nil {
		d, err = s.runPlain(x.ctx, x.event)
	} else {
		d, err = s.run(x.ctx, x.event, x.onProgress)
	}
	if err == nil && d == passed && x.event.Context != given { // else the function returned its input
		x.fill(s)
	}
	return d, err
}

// filled is the context of an event that was filled in, with its time.
type filled struct {
	context event.EventContextV1
	time    types.Timestamp
}

// fill completes what a function left empty in the event. It writes on a copy of
// the attributes: a function may return the same event for many requests, and
// one request must never see the id or the reply address of another.
func (x *execution) fill(s *step) {
	out := x.event
	f := &filled{context: *contextV1(out.Context)}
	ec := &f.context
	if ec.ID == "" {
		ec.ID = x.id
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
	ec.Extensions = x.fillExtensions(ec.Extensions)
	out.Context = ec
}

// fillExtensions is ext with what is propagated. It does not write to ext.
func (x *execution) fillExtensions(ext map[string]any) map[string]any {
	copied := false
	for i, name := range x.names {
		if x.values[i] == nil {
			continue
		}
		if v, set := ext[name]; set && (!fixed(name) || sameText(v, x.values[i])) {
			continue
		}
		if !copied {
			own := make(map[string]any, len(ext)+x.count)
			maps.Copy(own, ext)
			ext, copied = own, true
		}
		ext[name] = x.values[i]
	}
	return ext
}

// fixed reports whether an attribute is the request's own, which no function and
// no remote step may change: whose reply it is, until when, and where it goes.
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
