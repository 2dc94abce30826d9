package carrier

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// Whole carries a request to one vertex that runs the whole chain and answers
// the reply event: the vertex shape over HTTP.
type Whole struct {
	client *Client
	url    string
	slip   Slip
	to     ReplyTo
}

// NewWhole makes the carrier of a chain to the vertex at url. The vertex may
// answer 202 and send the reply later if to says where.
func NewWhole(c *Client, url string, chain functions.Chain, to ReplyTo) Whole {
	return Whole{client: c, url: url, slip: NewSlip(chain.Name, chain.Steps...), to: to}
}

// Carry implements adapter.Carrier. A vertex that cannot be reached is tried
// again until the deadline; the steps' own policies hold in the vertex.
func (w Whole) Carry(ctx context.Context, in event.Event, _ func(reply.Progress)) (*event.Event, error) {
	ev, err := w.to.address(in, w.slip)
	if err != nil {
		return nil, err
	}
	out, err := w.client.sendAgain(ctx, w.url, ev)
	return out, w.to.expected(w.url, err)
}

// OneWay carries a request to a broker; its reply comes to the store.
type OneWay struct {
	broker  Broker
	slip    Slip
	replyTo ReplyTo
}

// NewOneWay makes the carrier of a chain to a broker.
func NewOneWay(b Broker, chain functions.Chain, to ReplyTo) OneWay {
	return OneWay{broker: b, slip: NewSlip(chain.Name, chain.Steps...), replyTo: to}
}

// Carry implements adapter.Carrier: reply.ErrAccepted once the broker has the
// event.
func (o OneWay) Carry(ctx context.Context, in event.Event, _ func(reply.Progress)) (*event.Event, error) {
	ev, err := o.replyTo.address(in, o.slip)
	if err != nil {
		return nil, err
	}
	err = o.broker.Publish(ctx, ev)
	if err != nil {
		return nil, err
	}
	return nil, reply.ErrAccepted
}
