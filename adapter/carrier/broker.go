package carrier

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// Broker sends events one way: to a Knative Broker, or to any sink of
// CloudEvents.
type Broker struct {
	Client *Client
	// URL of the broker's ingress, or of the sink.
	URL string
	// MaxEvent is the largest event that the broker takes, in bytes and with its
	// attributes; 0 means that nothing is too large.
	MaxEvent int64
	// Large replaces an event that is larger; nil means that it is refused with 413.
	Large Large
}

// ErrRefused means that the sink does not take an event, and would not if it
// were sent again.
var ErrRefused = errors.New("the event was refused")

// fit returns an event that is small enough for the broker.
func (b Broker) fit(ctx context.Context, ev event.Event) (event.Event, error) {
	if b.MaxEvent <= 0 || sizeOf(ev) <= b.MaxEvent {
		return ev, nil
	}
	if b.Large != nil && len(ev.DataEncoded) > 0 {
		small, err := b.Large(ctx, ev)
		if err != nil || sizeOf(small) <= b.MaxEvent {
			return small, err
		}
	}
	return event.Event{}, &functions.Error{Problem: functions.Problem{
		Status: http.StatusRequestEntityTooLarge, Title: "Event too large",
		Detail: fmt.Sprintf("the event has %d bytes with its attributes; the broker takes %d at most", sizeOf(ev), b.MaxEvent),
	}}
}

// sizeOf is about how many bytes an event has in binary mode.
func sizeOf(ev event.Event) int64 {
	const fixed = 512 // the attributes of the specification, and the names of headers
	n := fixed + len(ev.DataEncoded)
	for name, value := range ev.Extensions() {
		n += len("ce-: ") + len(name)
		if text, ok := value.(string); ok {
			n += len(text)
		}
	}
	return int64(n)
}

// Publish sends ev, and returns nil once the sink has taken it: whatever a
// sink answers beside a success is not looked at. A sink that cannot be reached
// is tried again until ctx ends. The error is the cause of ctx or a
// [*functions.Error]; it is [ErrRefused] if no other attempt would help.
func (b Broker) Publish(ctx context.Context, ev event.Event) error {
	ctx, span := b.tracePublish(ctx, ev)
	err := b.publish(ctx, ev)
	span.EndWith(err)
	return err
}

func (b Broker) publish(ctx context.Context, ev event.Event) error {
	ev, err := b.fit(ctx, ev)
	if err != nil {
		return err
	}
	_, err = b.Client.sendWithRetry(ctx, b.URL, ev)
	answered, known := errors.AsType[*StepError](err)
	switch {
	case err == nil, errors.Is(err, ErrAccepted), known && answered.taken:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	cause, temporary := err, false
	if known { // the text of the problem itself is for callers: the log needs its cause
		cause, temporary = answered.Problem.Cause, answered.temporary
	}
	if !temporary {
		return &functions.Error{
			Problem: functions.Problem{
				Status: http.StatusBadGateway, Title: "Broker refused the event",
				Detail: "the broker does not take the event; the log has more under this requestid",
			},
			Cause: fmt.Errorf("publish to %s: %w: %w", b.URL, ErrRefused, cause),
		}
	}
	return &functions.Error{
		Problem: functions.Problem{
			Status: http.StatusServiceUnavailable, Title: "Broker unreachable",
			Detail: "the event could not be sent to the broker; try again later",
		},
		RetryAfter: LongestDelay,
		Cause:      fmt.Errorf("publish to %s: %w", b.URL, cause),
	}
}
