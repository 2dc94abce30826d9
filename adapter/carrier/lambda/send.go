package lambda

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

// longestDelay is between two attempts to send an event, at most.
const longestDelay = 2 * time.Second

// attemptTimeout bounds one attempt to hand an event over, which takes some
// 20 ms: a connection that died while the process was frozen is not waited for.
const attemptTimeout = 5 * time.Second

// Send hands ev to a function, a name or an ARN, by an asynchronous invocation,
// and gives nil once Lambda has taken it. A fault that may pass is tried again
// until ctx ends. Lambda may run the function more than once for one event.
//
// The error is the cause of ctx, if that ended while an attempt was under way,
// or a [*functions.Error]: 413 with both sizes for an event above [MaxAsync]
// bytes, 503 with RetryAfter if no time is left for another attempt, 502 if
// none would help.
func (c *Client) Send(ctx context.Context, function string, ev event.Event) error {
	payload, err := encode(function, ev, MaxAsync)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		failed := c.hand(ctx, function, payload)
		switch {
		case failed == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !failed.temporary:
			return failed
		}
		if !backoff.Sleep(ctx, backoff.Delay(n, longestDelay)) {
			return outOfTime(ctx, failed)
		}
	}
}

// hand makes one attempt.
func (c *Client) hand(ctx context.Context, function string, payload []byte) *remoteError {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if _, err := c.invoke(ctx, function, types.InvocationTypeEvent, payload); err != nil {
		return judge(function, err)
	}
	return nil
}

// outOfTime is for an event that no attempt has got through in time.
func outOfTime(ctx context.Context, last *remoteError) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Cause(ctx)
	}
	return &remoteError{temporary: true, problem: &functions.Error{
		Problem: functions.Problem{
			Status: http.StatusServiceUnavailable, Title: "Vertex unreachable",
			Detail: "the event could not be handed to the function of its step; try again later",
		},
		RetryAfter: longestDelay,
		Cause:      last.problem.Cause,
	}}
}
