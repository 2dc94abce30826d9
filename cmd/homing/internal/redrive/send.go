package redrive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/deadletter"
)

// Invoker is the part of *lambda.Client that is used.
type Invoker interface {
	Invoke(ctx context.Context, in *lambda.InvokeInput, opts ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Why the event of a letter was not sent. The letter stays in the queue.
var (
	// ErrLate means that the deadline of the event has passed: nobody waits.
	ErrLate = errors.New("its deadline has passed and its caller is gone")
	// ErrNoFunction means that the letter does not say which function died.
	ErrNoFunction = errors.New("it is not known which function it was for")
	// ErrNoEvent means that the event or its data did not fit into the queue.
	ErrNoEvent = errors.New("the event is not there as it was, it did not fit into the queue")
	// ErrAgain means that this run has sent the event already, by another
	// letter: it has died more than once.
	ErrAgain = errors.New("the same event was sent in this run already, by another letter")
)

// How an event is sent again.
type How struct {
	// To is the function that gets it; "" means the one that died.
	To string
	// Late also sends an event whose deadline has passed, with a new one that
	// is Deadline from now; 0 means [functions.DefaultAsyncTimeout].
	Late     bool
	Deadline time.Duration
}

// payload is what the function is invoked with. It is the event to the byte,
// but for a new deadline.
func (h How) payload(l *deadletter.Letter, now time.Time) ([]byte, error) {
	if len(l.Event) == 0 || slices.Contains(l.LeftOut, "data") {
		return nil, ErrNoEvent
	}
	if l.Deadline.IsZero() || now.Before(l.Deadline) {
		return l.Event, nil
	}
	if !h.Late {
		return nil, ErrLate
	}
	ev, err := l.CloudEvent()
	if err != nil {
		return nil, err //nolint:wrapcheck // says it all
	}
	wait := h.Deadline
	if wait == 0 {
		wait = functions.DefaultAsyncTimeout
	}
	if ec, ok := ev.Context.(*event.EventContextV1); ok {
		ec.Extensions[functions.AttrExpiryTime] = now.Add(wait).UTC().Format(time.RFC3339Nano)
	}
	payload, err := cloudevents.AppendExact(nil, ev)
	if err != nil {
		return nil, fmt.Errorf("give the event a new deadline: %w", err)
	}
	return payload, nil
}

// function is who gets the event. The qualifier of the unpublished version is
// left out, as permissions are usually given without it.
func (h How) function(l *deadletter.Letter) (string, error) {
	if h.To != "" {
		return h.To, nil
	}
	if l.Function == "" {
		return "", ErrNoFunction
	}
	return strings.TrimSuffix(l.Function, ":$LATEST"), nil
}

// send invokes the function asynchronously. On nil Lambda has the event.
func (h How) send(ctx context.Context, to Invoker, l *deadletter.Letter, now time.Time) error {
	function, err := h.function(l)
	if err != nil {
		return err
	}
	payload, err := h.payload(l, now)
	if err != nil {
		return err
	}
	out, err := to.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(function), InvocationType: types.InvocationTypeEvent, Payload: payload,
	})
	if err != nil {
		return fmt.Errorf("invoke %s: %w", function, err)
	}
	const accepted = 202
	if out.StatusCode != accepted {
		return fmt.Errorf("invoke %s: Lambda answered %d, not %d: %w", function, out.StatusCode, accepted, errNotAccepted)
	}
	return nil
}

var errNotAccepted = errors.New("the event was not accepted")
