package lambda

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// task is an event that was given to a vertex.
type task struct {
	in        event.Event
	requestID string
	id        reply.ID // of the request, if its reply goes to the store
	stored    bool     // its reply goes to the store, else to who has invoked the function
	leg       worker.Segment
	next      string          // the function that runs what the leg leaves; "" if that is nothing
	chain     functions.Chain // what the routing slip names, or what it would be
	fault     error           // why no steps were found
	deadline  time.Time
}

// answer is what an invocation answers.
type answer struct {
	event     *event.Event // nil if there is none
	failed    bool         // it is a problem
	requestID string
	source    types.URIRef
	eventType string
}

// outcome is how the steps have ended.
type outcome struct {
	out      *event.Event
	err      error
	progress []reply.Progress
}

// task reads an event and finds the steps that it asks for. What is wrong with
// those is the fault of a task, which can be answered.
func (v *vertex) task(payload []byte) (task, error) {
	in, err := readEvent(payload)
	if err != nil {
		return task{}, err
	}
	t := task{in: in, requestID: carrier.RequestID(in)}
	switch functions.Attribute(in, functions.AttrReplyTo) {
	case "":
	case clambda.ReplyToStore:
		if t.id, err = reply.ParseID(t.requestID); err != nil {
			return task{}, unreadable("attribute %s: %v", functions.AttrCorrelationID, err)
		}
		t.stored = true
	default:
		return task{}, unreadable("attribute %s is not %q, the only place that this function can reply to",
			functions.AttrReplyTo, clambda.ReplyToStore)
	}
	slip := carrier.SlipOf(in)
	name, _, _ := slip.Next()
	t.chain = functions.Chain{Name: name}.WithDefaults()
	handsOn := v.handsOn
	if !t.stored {
		handsOn = nowhere
	}
	if t.leg, t.fault = v.legs.Find(slip, handsOn); t.fault == nil {
		t.chain = t.leg.Chain
		if chain, step, more := t.leg.Remaining.Next(); more {
			t.next, _ = v.vertices.Find(chain, step)
		}
	}
	if t.deadline, err = carrier.Deadline(in); err != nil { // not from an adapter of ours
		t.deadline = time.Now().Add(t.chain.Timeout)
	}
	return t, nil
}

// handle runs the steps that an event asks for, and brings their result to
// where it belongs: to the function of the next step, to the store, or as the
// answer to who waits for it.
func (v *vertex) handle(ctx context.Context, payload []byte) (answer, error) {
	t, err := v.task(payload)
	if err != nil {
		return answer{}, err
	}
	if !t.stored {
		return v.answer(ctx, t), nil
	}
	return answer{}, v.settle(ctx, t)
}

// answer runs the steps for one who waits.
func (v *vertex) answer(ctx context.Context, t task) answer {
	o := outcome{err: t.fault}
	if o.err == nil {
		r := v.start(ctx, t)
		defer r.cancel()
		o = r.outcome()
	}
	out := answer{requestID: t.requestID, source: t.source(), eventType: t.replyType()}
	if o.err == nil && o.out == nil {
		return out // dropped
	}
	ev := carrier.StripRouting(v.replyEvent(ctx, t, o))
	out.event, out.failed = &ev, o.err != nil
	return out
}

// settle runs the steps and hands the result on, or completes the request. It
// returns when no function runs any more, since Lambda freezes the process
// then. The error means that the request was not completed.
func (v *vertex) settle(ctx context.Context, t task) error {
	switch {
	case t.fault != nil:
		return v.conclude(ctx, t, outcome{err: t.fault})
	case !time.Now().Before(t.deadline):
		return v.conclude(ctx, t, outcome{err: functions.Errorf(http.StatusGatewayTimeout,
			"the deadline had passed before the step could begin")})
	}
	r := v.start(ctx, t)
	defer r.cancel()
	o := r.outcome()
	if o.err == nil && o.out != nil && t.next != "" {
		o.err = v.lambda.Send(r.ctx, t.next, clambda.Addressed(*o.out, t.leg.Remaining))
		if o.err == nil {
			r.wait(ctx)
			return nil
		}
	}
	err := v.conclude(ctx, t, o)
	r.wait(ctx)
	return err
}

func (t task) source() types.URIRef {
	return types.URIRef{URL: url.URL{Path: "/chains/" + t.chain.Name}}
}

func (t task) replyType() string { return t.chain.Type + ".reply" }

// replyEvent is the event that ends the request.
func (v *vertex) replyEvent(ctx context.Context, t task, o outcome) event.Event {
	switch {
	case o.err != nil:
		return problem.Event(v.explain(ctx, t, o.err), t.requestID, t.source(), t.replyType())
	case o.out == nil:
		return problem.Empty(http.StatusNoContent, t.requestID, t.source(), t.replyType())
	default:
		return *o.out
	}
}
