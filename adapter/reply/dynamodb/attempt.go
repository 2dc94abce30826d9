package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
)

const (
	firstPause = 25 * time.Millisecond
	maxPause   = time.Second
	// jitter is by how much a pause varies: much, since the callers that a
	// table throttles are many and were throttled together.
	jitter = 0.5
	// settleTime is for how long an answer is still waited for after the
	// context of a change has ended.
	settleTime = time.Second
)

// errCondition means that the condition of a write does not hold.
var errCondition = errors.New("the condition does not hold")

// errTimeout means that an attempt has met silence.
var errTimeout = errors.New("no answer in time")

// operation is one call of the store, of one or more calls of the API. It is
// used by one goroutine.
type operation struct {
	s     *Store
	name  string
	call  string    // names the call, for what it writes
	now   time.Time // one moment for all conditions, by the store's clock
	until time.Time // when patience ends, by the real clock; zero if it has none
	waits int       // so far
}

// begin begins an operation that is retried.
func (s *Store) begin(name string) *operation {
	return &operation{
		s: s, name: name, call: newName(), now: s.opts.Now(),
		until: time.Now().Add(s.opts.Patience),
	}
}

// once begins an operation that is not retried.
func (s *Store) once(name string) *operation {
	return &operation{s: s, name: name, now: s.opts.Now()}
}

// own turns the client's retries off: they would know neither patience nor the
// time that an attempt may take.
func own(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} }

// read does a call that changes nothing.
func (o *operation) read(ctx context.Context, call func(context.Context) error) error {
	return o.retried(ctx, func() error { return o.attempt(ctx, call) })
}

// write does a call that can be repeated. It cannot be taken back once it is
// sent: if its caller left at once, the table might change after the caller
// has looked whether it did. So its answer is waited for a little longer.
func (o *operation) write(ctx context.Context, call func(context.Context) error) error {
	return o.retried(ctx, func() error {
		settled, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		defer context.AfterFunc(ctx, func() { time.AfterFunc(o.s.settle, cancel) })()
		return o.attempt(settled, call)
	})
}

// attempt does a call that may take the time of one attempt.
func (o *operation) attempt(ctx context.Context, call func(context.Context) error) error {
	timed, cancel := context.WithTimeout(ctx, o.s.opts.Attempt)
	defer cancel()
	err := call(timed)
	if err != nil && timed.Err() != nil && ctx.Err() == nil {
		return errTimeout
	}
	return err
}

// retried repeats an attempt until it succeeds, is refused, or must be given
// up. It returns errCondition as it is, and the context's error when that has
// ended; everything else is wrapped.
func (o *operation) retried(ctx context.Context, attempt func() error) error {
	for {
		if ctx.Err() != nil {
			return o.fail(context.Cause(ctx))
		}
		err := attempt()
		if err == nil {
			return nil
		}
		switch kind := failureOf(err); {
		case kind == conflict:
			return errCondition
		case ctx.Err() != nil:
			return o.fail(context.Cause(ctx))
		case kind == final, !o.pause(ctx):
			if kind == throttled {
				err = fmt.Errorf("%w: %w", reply.ErrThrottled, err)
			}
			return o.fail(err)
		}
	}
}

// pause waits before the next attempt, unless there is to be none.
func (o *operation) pause(ctx context.Context) bool {
	d := backoff.Jitter(backoff.Exponential(o.waits, firstPause, maxPause), jitter)
	if time.Now().Add(d).After(o.until) {
		return false
	}
	o.waits++
	return backoff.Sleep(ctx, d)
}

// fail adds which operation failed.
func (o *operation) fail(err error) error {
	return fmt.Errorf("reply store in DynamoDB: %s: %w", o.name, err)
}

// failure is what kind of error a call has met.
type failure int

const (
	final     failure = iota // it would fail again
	conflict                 // the condition of a write does not hold
	throttled                // there were too many calls
	passing                  // the table is out of reach or in trouble
)

// failureOf judges an error of a call by its code, never by its text.
func failureOf(err error) failure {
	_, failed := errors.AsType[*types.ConditionalCheckFailedException](err)
	_, half := errors.AsType[*smithy.DeserializationError](err) // an answer that did not come whole
	_, unsent := errors.AsType[*smithyhttp.RequestSendError](err)
	api, coded := errors.AsType[smithy.APIError](err)
	status := 0
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && answer.Response != nil {
		status = answer.HTTPStatusCode()
	}
	switch {
	case failed:
		return conflict
	case errors.Is(err, errUnprocessed), retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary:
		return throttled
	case half:
		return passing
	case status == http.StatusTooManyRequests:
		return throttled
	case status >= http.StatusInternalServerError, status >= http.StatusOK && status < http.StatusMultipleChoices:
		return passing // in trouble, or a success of which not all came
	case status >= http.StatusBadRequest:
		return final
	case errors.Is(err, errTimeout), unsent, coded && api.ErrorFault() == smithy.FaultServer,
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return passing
	default:
		return final
	}
}
