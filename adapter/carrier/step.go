package carrier

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

// Step creates a function of a URL. Any server that takes a CloudEvent by POST
// and answers one is such a step: a Knative service, a function of `func`, a
// vertex of ours, in any language. slip is for a vertex of ours, and names what
// it is to run: this step alone. A step of somebody else gets none, and then
// nothing of the routing of the event. A step may answer 202 and send the reply of
// the request later if to says where, which makes sense for the last step of a
// chain only; else a 202 is a bad response.
func (c *Client) Step(url string, slip Slip, to ReplyTo) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		ev, err := to.address(in, slip)
		if err != nil {
			return nil, err
		}
		out, err := c.Send(ctx, url, ev)
		return out, to.expected(url, err)
	}
}

// unsentAttempts is how often RetryUnsent sends an event.
const unsentAttempts = 3

// RetryUnsent returns step, a remote one, with further attempts, three in all, for
// an event that it has not got: its connection was refused, or it answered 503 with
// Retry-After. A step that may have run is not run again.
func RetryUnsent(step functions.Function) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		for n := 0; ; n++ {
			out, err := step(ctx, in)
			var e *StepError
			if err == nil || n == unsentAttempts-1 || !errors.As(err, &e) || !e.Unsent() ||
				!backoff.Sleep(ctx, max(backoff.Delay(n, LongestDelay), e.Problem.RetryAfter)) {
				return out, err
			}
		}
	}
}

// with returns ev with some attributes set, given as names and values in turn. The
// event that was given is not changed, and its data is not copied.
func with(ev event.Event, attrs ...string) event.Event {
	from := ev.Context.AsV1()
	ec := *from
	ec.Extensions = make(map[string]any, len(from.Extensions)+len(attrs)/2)
	maps.Copy(ec.Extensions, from.Extensions)
	for pair := range slices.Chunk(attrs, 2) { //nolint:mnd // name and value
		ec.Extensions[pair[0]] = pair[1]
	}
	ev.Context = &ec
	return ev
}

// WithAttributes returns ev with some extension attributes, given as names and values
// in turn, and without those of them whose value is "". The event that was given is not
// changed, and its data is not copied.
func WithAttributes(ev event.Event, attrs ...string) event.Event {
	ev = with(ev, attrs...)
	for pair := range slices.Chunk(attrs, 2) { //nolint:mnd // name and value
		if pair[1] == "" {
			delete(ev.Context.(*event.EventContextV1).Extensions, pair[0]) //nolint:forcetypeassert // made by with
		}
	}
	return ev
}

// Routed returns ev with the slip of the steps still to run.
func Routed(ev event.Event, remaining Slip) event.Event {
	return with(ev, functions.AttrRoutingSlip, string(remaining))
}

// WithToken returns ev with the token that lets it complete its request.
func WithToken(ev event.Event, token string) event.Event {
	return with(ev, functions.AttrReplyToken, token)
}

// StripRouting returns ev without what only vertices are to know.
func StripRouting(ev event.Event) event.Event {
	ev = with(ev)
	clearRouting(ev)
	return ev
}

func clearRouting(ev event.Event) {
	ext := ev.Context.(*event.EventContextV1).Extensions //nolint:forcetypeassert // made by with, or read by binding
	delete(ext, functions.AttrRoutingSlip)
	delete(ext, functions.AttrReplyTo)
	delete(ext, functions.AttrReplyToken)
	delete(ext, functions.AttrClaimCheck)
	delete(ext, functions.AttrCallback)
}
