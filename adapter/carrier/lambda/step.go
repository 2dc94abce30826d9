package lambda

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

// Step makes a function of a Lambda that takes a CloudEvent and answers one, in
// any language. slip is what the event tells it to run: this step alone. The
// Lambda is not told where replies go, so it must answer.
func (c *Client) Step(function string, slip carrier.Slip) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		return c.Call(ctx, function, carrier.Routed(carrier.StripRouting(in), slip))
	}
}
