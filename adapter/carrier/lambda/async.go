package lambda

import (
	"context"
	"errors"
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// ReplyToStore is the attribute replyto of an event whose reply is put into the
// reply store that all functions of a deployment share.
const ReplyToStore = carrier.ReplyToStore

// AsyncCarrier carries the requests of a chain to the function of its first step. The
// replies come to the store. It is safe for concurrent use.
type AsyncCarrier struct {
	client   *Client
	function string
	slip     carrier.Slip
}

// NewAsyncCarrier returns the carrier of a chain to the function that vertices name for
// its first step. It is an error if they name none.
func NewAsyncCarrier(c *Client, vertices Vertices, chain functions.Chain) (AsyncCarrier, error) {
	if len(chain.Steps) == 0 {
		return AsyncCarrier{}, fmt.Errorf("chain %s: %w", chain.Name, errNoSteps)
	}
	first := chain.Steps[0].Name
	function, ok := vertices.Find(chain.Name, first)
	if !ok {
		return AsyncCarrier{}, fmt.Errorf("no function is named that runs step %s of chain %s", first, chain.Name)
	}
	return AsyncCarrier{client: c, function: function, slip: carrier.NewSlip(chain.Name, chain.Steps...)}, nil
}

var errNoSteps = errors.New("there is no step to carry a request to")

// Carry implements adapter.Carrier: accepted once Lambda has the
// event; else the errors of [Client.Send].
func (o AsyncCarrier) Carry(ctx context.Context, in event.Event, _ func(reply.Progress)) (carrier.Result, error) {
	if err := o.client.Send(ctx, o.function, Addressed(in, o.slip)); err != nil {
		return carrier.Result{}, err
	}
	return carrier.Result{Accepted: true}, nil
}

// Addressed returns ev with the slip of the steps still to run, and with the store
// as the place for its reply.
func Addressed(ev event.Event, slip carrier.Slip) event.Event {
	return carrier.WithAttributes(ev,
		functions.AttrRoutingSlip, string(slip), functions.AttrReplyTo, ReplyToStore, functions.AttrReplyToken, "")
}
