package carrier

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// Large is what becomes of an event that is too large for a carrier: it returns one
// to send in its place, which refers to the data. It must return the same for the same
// event. The error is a problem, or the cause of the end of ctx.
type Large func(ctx context.Context, ev event.Event) (event.Event, error)

// SyncCarrier carries a request to one vertex that runs the whole chain and answers with
// the reply event: the vertex shape over HTTP.
type SyncCarrier struct {
	client *Client
	url    string
	slip   Slip
	to     ReplyTo
}

// NewSyncCarrier returns the carrier of a chain to the vertex at url. The vertex may
// answer 202 and send the reply later if to says where.
func NewSyncCarrier(c *Client, url string, chain functions.Chain, to ReplyTo) SyncCarrier {
	return SyncCarrier{client: c, url: url, slip: NewSlip(chain.Name, chain.Steps...), to: to}
}

// Carry implements adapter.Carrier. A vertex that cannot be reached is tried
// again until the deadline; the steps' own policies hold in the vertex.
func (w SyncCarrier) Carry(ctx context.Context, in event.Event, _ func(reply.Progress)) (Result, error) {
	ev, err := w.to.address(in, w.slip)
	if err != nil {
		return Result{}, err
	}
	out, err := w.client.sendWithRetry(ctx, w.url, ev)
	return resultOf(out, w.to.expected(w.url, err))
}

// AsyncCarrier carries a request to a broker; its reply comes to the store.
type AsyncCarrier struct {
	broker  Broker
	slip    Slip
	replyTo ReplyTo
}

// NewAsyncCarrier returns the carrier of a chain to a broker.
func NewAsyncCarrier(b Broker, chain functions.Chain, to ReplyTo) AsyncCarrier {
	return AsyncCarrier{broker: b, slip: NewSlip(chain.Name, chain.Steps...), replyTo: to}
}

// Carry implements adapter.Carrier: accepted once the broker has the
// event.
func (o AsyncCarrier) Carry(ctx context.Context, in event.Event, _ func(reply.Progress)) (Result, error) {
	ev, err := o.replyTo.address(in, o.slip)
	if err != nil {
		return Result{}, err
	}
	err = o.broker.Publish(ctx, ev)
	if err != nil {
		return Result{}, err
	}
	return Result{Accepted: true}, nil
}
