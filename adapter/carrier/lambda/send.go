package lambda

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

// attemptTimeout bounds one attempt to send an event, which takes some
// 20 ms: a connection that died while the process was frozen is not waited for.
const attemptTimeout = 5 * time.Second

// fit writes a payload that is small enough for an asynchronous invocation.
func (c *Client) fit(ctx context.Context, function string, ev event.Event) ([]byte, error) {
	if c.large == nil || len(ev.DataEncoded) == 0 {
		return encode(function, ev, MaxAsync)
	}
	if len(ev.DataEncoded) <= MaxAsync {
		payload, err := encode(function, ev, MaxAsync)
		if known, ok := errors.AsType[*carrier.StepError](err); !ok || known.Problem.Status != http.StatusRequestEntityTooLarge {
			return payload, err
		}
	}
	small, err := c.large(ctx, ev)
	if err != nil {
		return nil, err
	}
	return encode(function, small, MaxAsync)
}

// Send sends ev to a function, a name or an ARN, by an asynchronous invocation,
// and returns nil once Lambda has taken it. A fault that may pass is tried again
// until ctx ends. Lambda may run the function more than once for one event.
//
// The error is the cause of ctx, if that ended while an attempt was under way,
// or a [*carrier.StepError]: 413 with both sizes for an event above [MaxAsync]
// bytes that [Client.WithLarge] has not made smaller, 503 with RetryAfter if no time is left for another attempt, 502 if
// none would help.
func (c *Client) Send(ctx context.Context, function string, ev event.Event) error {
	payload, err := c.fit(ctx, function, ev)
	if err != nil {
		return err
	}
	err = carrier.Retry(ctx, func() error {
		attempt, cancel := context.WithTimeout(ctx, attemptTimeout)
		defer cancel()
		if _, err := c.invoke(attempt, function, types.InvocationTypeEvent, payload); err != nil {
			return serviceError(function, err)
		}
		return nil
	})
	failed, known := errors.AsType[*carrier.StepError](err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !known, !failed.Temporary():
		return err
	}
	late := carrier.NewStepError(functions.Problem{
		Status: http.StatusServiceUnavailable, Title: "Vertex unreachable",
		Detail: "the event could not be sent to the function of its step; try again later",
	}, failed.Problem.Cause, true)
	late.Problem.RetryAfter = carrier.LongestDelay
	return late
}
