package vertex

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// propagated names the extension attributes that an event keeps through the
// chain even if a function returns a new event: the request's identity,
// deadline, trace and HTTP parts, and at the end where its reply goes. httpstatus
// and httpheaders are not among them: they belong to the event on which a function
// has set them.
type propagated struct {
	names []string  // the first of them are those of routing
	pool  sync.Pool // of *execution
}

// routing is how many of the names no function sees.
const routing = 5

func newPropagated(headers []string) *propagated {
	p := &propagated{names: []string{
		functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrClaimCheck, functions.AttrCallback,
		functions.AttrCorrelationID, functions.AttrCausationID, functions.AttrExpiryTime,
		functions.AttrTraceParent, functions.AttrTraceState,
		functions.AttrHTTPMethod, functions.AttrHTTPPath, functions.AttrHTTPRoute, functions.AttrHTTPQuery,
	}}
	for _, h := range headers {
		p.names = append(p.names, functions.HeaderAttr(h))
	}
	p.pool.New = func() any { return &execution{propagated: p, values: make([]any, len(p.names))} }
	return p
}

// execution is an event on its way through the steps, with the attributes that
// it propagates: they are read before a step runs, so that its function cannot
// change them.
type execution struct {
	*propagated

	ctx        context.Context //nolint:containedctx // for the time of one call
	event      *event.Event
	onProgress func(reply.Progress)
	position   *carrier.Position

	id     string
	values []any          // of the names, in order; nil where the event has none
	input  map[string]any // the extensions of the event that came in
}

// start begins the execution of in, and takes off it what no function is to see.
func (p *propagated) start(in *event.Event) (*execution, error) {
	clean, err := cloudevents.Canonical(event.Event{Context: contextV1(in.Context), DataEncoded: in.DataEncoded})
	if err != nil {
		return nil, functions.Errorf(http.StatusBadRequest, "the event cannot be carried: %w", err)
	}
	*in = clean
	x, _ := p.pool.Get().(*execution)
	ec := contextV1(in.Context)
	x.event, x.id, x.input = in, ec.ID, ec.Extensions
	for i, name := range p.names {
		x.values[i] = x.input[name]
	}
	for _, name := range p.names[:routing] {
		delete(x.input, name)
	}
	return x, nil
}

// restore puts back what start has taken off the event. No function runs any
// more that has its map.
func (x *execution) restore() {
	for i, name := range x.names[:routing] {
		if x.values[i] != nil {
			x.input[name] = x.values[i]
		}
	}
}

// release lets another request use x.
func (x *execution) release() {
	x.ctx, x.event, x.onProgress, x.position, x.id, x.input = nil, nil, nil, nil, "", nil
	clear(x.values)
	x.pool.Put(x)
}

// run puts the event through the steps, and releases x. What is between a
// function that waits and the goroutine of its connection is kept short here.
func (x *execution) run(ctx context.Context, steps []*step, onProgress func(reply.Progress)) (carrier.Result, error) {
	x.ctx, x.onProgress = ctx, onProgress
	x.position, _ = ctx.Value(carrier.PositionKey{}).(*carrier.Position)
	out := carrier.Result{Event: x.event}
	var err error
	for _, s := range steps {
		var d disposition
		if d, err = x.runStep(s); err != nil || d != passed {
			out = carrier.Result{Accepted: d == accepted}
			break
		}
	}
	x.restore()
	if out.Event != nil {
		x.fill(steps[len(steps)-1], true)
	}
	x.release()
	return out, err
}

// runStep puts the event through one step.
func (x *execution) runStep(s *step) (d disposition, err error) {
	if x.ctx.Err() != nil {
		return passed, context.Cause(x.ctx)
	}
	x.position.Enter(&s.name)
	ext := contextV1(x.event.Context).Extensions
	status, headers := ext[functions.AttrHTTPStatus], ext[functions.AttrHTTPHeaders]
	switch {
	case s.tracer.Wanted(x.ctx):
		d, err = x.runTraced(s)
	case s.plain && x.onProgress == nil:
		d, err = s.runPlain(x.ctx, x.event)
	default:
		d, err = s.run(x.ctx, x.event, x.onProgress)
	}
	if err == nil && d == passed {
		ext = contextV1(x.event.Context).Extensions
		if status != nil && ext[functions.AttrHTTPStatus] == nil {
			s.warnLost(x.ctx, functions.AttrHTTPStatus, slog.Any("status", status))
		}
		if headers != nil && ext[functions.AttrHTTPHeaders] == nil {
			s.warnLost(x.ctx, functions.AttrHTTPHeaders) // their values may be a secret
		}
		x.fill(s, false)
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
func (x *execution) fill(s *step, last bool) {
	out := x.event
	ec := contextV1(out.Context)
	untyped := ec.DataContentType == nil && len(out.DataEncoded) > 0
	ext, filledIn := x.fillExtensions(ec.Extensions, last)
	x.id = cmp.Or(ec.ID, x.id)
	if !filledIn && !untyped && ec.ID != "" && ec.Type != "" && ec.Time != nil && ec.Source.URL != (url.URL{}) {
		return
	}
	f := &filled{context: *ec}
	ec = &f.context
	ec.ID = x.id
	if ec.Source.URL == (url.URL{}) {
		ec.Source = s.source
	}
	if ec.Type == "" {
		ec.Type = s.eventType
	}
	if ec.Time == nil {
		f.time.Time = time.Now().UTC().Round(0) // without the reading of the monotonic clock
		ec.Time = &f.time
	}
	if untyped {
		ec.DataContentType = &s.contentType
	}
	ec.Extensions = ext
	out.Context = ec
}

// fillExtensions returns ext with what is propagated, and whether that is another
// map: it does not write to ext. What a function has set in the place of the
// request's own is what the next step propagates, as another process would.
func (x *execution) fillExtensions(ext map[string]any, last bool) (out map[string]any, changed bool) {
	for i, name := range x.names {
		want, given := x.values[i], ext[name]
		switch {
		case i < routing && !last:
			want = nil
		case i >= routing && given != nil && !fixed(name):
			x.values[i] = given
			continue
		}
		if given == want { // texts, or nil
			continue
		}
		if !changed {
			own := make(map[string]any, len(ext)+x.missing(ext))
			maps.Copy(own, ext)
			ext, changed = own, true
		}
		if want == nil {
			delete(ext, name)
		} else {
			ext[name] = want
		}
	}
	return ext, changed
}

// missing is how many of the attributes that are propagated are not in ext.
func (x *execution) missing(ext map[string]any) int {
	n := 0
	for i, name := range x.names {
		if x.values[i] != nil && ext[name] == nil {
			n++
		}
	}
	return n
}

// fixed reports whether an attribute is the request's own, which no function and
// no remote step may change: whose reply it is, and until when.
func fixed(name string) bool {
	return name == functions.AttrCorrelationID || name == functions.AttrExpiryTime
}
