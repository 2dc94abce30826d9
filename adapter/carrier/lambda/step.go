package lambda

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

// Step creates a function of a Lambda that takes a CloudEvent and answers one, in
// any language. slip is for a vertex of ours, and names what it is to run: this
// step alone. A Lambda of somebody else gets none. Neither learns where replies go,
// so it must answer.
func (c *Client) Step(function string, slip carrier.Slip) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		ev := carrier.StripRouting(in)
		if slip != "" {
			ev = carrier.Routed(ev, slip)
		}
		return c.Call(ctx, function, ev)
	}
}
