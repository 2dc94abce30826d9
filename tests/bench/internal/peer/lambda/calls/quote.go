// Package calls has the functions of a chain called in turn by hand. It is
// apart from package bare, whose other work knows no functions.
package calls

import (
	"context"
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/samples/quote"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/bare"
)

// Quote calls the three functions of the sample chain quote.
func Quote() (bare.Work, error) {
	q, err := quote.New()
	if err != nil {
		return nil, fmt.Errorf("prepare the functions of quote: %w", err)
	}
	return InTurn(q.Validate, q.Enrich, q.Price), nil
}

// InTurn calls steps with the event that the one before has answered. A nil
// event ends them, and its answer is empty.
func InTurn(steps ...functions.Function) bare.Work {
	return func(ctx context.Context, body []byte, contentType string) ([]byte, string, error) {
		ev := &event.Event{Context: &event.EventContextV1{DataContentType: &contentType}, DataEncoded: body}
		for _, step := range steps {
			var err error
			if ev, err = step(ctx, *ev); err != nil {
				return nil, "", err
			}
			if ev == nil {
				return nil, contentType, nil
			}
		}
		return ev.DataEncoded, ev.DataContentType(), nil
	}
}
