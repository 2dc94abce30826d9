package carrier

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// Broker sends events one way: to a Knative Broker, or to any sink of
// CloudEvents.
type Broker struct {
	Client *Client
	// URL of the broker's ingress, or of the sink.
	URL string
}

// Publish hands ev over, and gives nil once the sink has taken it. A sink that
// cannot be reached is tried again until ctx ends.
func (b Broker) Publish(ctx context.Context, ev event.Event) error {
	_, err := b.Client.sendAgain(ctx, b.URL, ev)
	switch {
	case err == nil, errors.Is(err, reply.ErrAccepted):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return &functions.Error{
		Problem: functions.Problem{
			Status: http.StatusServiceUnavailable, Title: "Broker unreachable",
			Detail: "the event could not be handed to the broker; try again later",
		},
		RetryAfter: longestPause,
		Cause:      fmt.Errorf("publish to %s: %w", b.URL, err),
	}
}
