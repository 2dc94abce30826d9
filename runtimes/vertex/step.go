package vertex

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/failsafe-go/failsafe-go"

	"github.com/homing-dev/homing/functions"
)

// step runs one function under its policy.
type step struct {
	name, chain string
	function    functions.Function
	timeout     time.Duration
	limit       limiter                         // nil: none
	repeat      failsafe.Executor[*event.Event] // retry and circuit breaker; nil: neither
	pause       pauseAfter                      // nil: no retry
	breaker     openFor
	metrics     *stepMetrics

	// What a result gets that a function left without.
	source      types.URIRef
	eventType   string
	contentType string
}

func newStep(chain string, s functions.Step, m *metrics) *step {
	st := &step{
		name: s.Name, chain: chain, function: s.Function, timeout: s.Policy.Timeout,
		limit:       newLimiter(s.Policy.Concurrency),
		metrics:     m.step(chain, s.Name),
		source:      types.URIRef{URL: url.URL{Path: "/chains/" + chain + "/steps/" + s.Name}},
		eventType:   "homing." + chain + "." + s.Name,
		contentType: event.ApplicationJSON, // what CloudEvents says of data without a type
	}
	st.pause = newPause(s.Policy.Retry)
	st.repeat, st.breaker = newRepeat(s.Policy, st.pause, st.metrics)
	return st
}

// run gives the result of the step, or a [*functions.Error] that names it, or
// the cause of ctx if that ended.
func (s *step) run(ctx context.Context, in event.Event, w watch) (*event.Event, error) {
	w.say("started", 1, 0)
	start := w.now()
	attempt := 1
	var out *event.Event
	var err error
	if s.repeat == nil {
		out, err = s.attempt(ctx, in)
	} else {
		out, attempt, err = s.repeated(ctx, in, w)
	}
	s.metrics.observe(w.now().Sub(start), err)
	switch {
	case err != nil:
		err = s.explain(ctx, err, attempt)
		w.say("failed", attempt, statusOf(err))
		return nil, err
	case out == nil:
		w.say("dropped", attempt, 0)
	default:
		w.say("finished", attempt, 0)
	}
	return out, nil
}

// repeated runs attempts until one counts.
func (s *step) repeated(ctx context.Context, in event.Event, w watch) (*event.Event, int, error) {
	attempt := 0
	last := errNoResult // failsafe puts its own error in the place of it when ctx ends
	out, err := s.repeat.WithContext(ctx).GetWithExecution(func(failsafe.Execution[*event.Event]) (*event.Event, error) {
		attempt++
		if attempt > 1 {
			w.say("retrying", attempt, statusOf(last))
		}
		arg := in
		if s.pause != nil && in.Context != nil { // an attempt must not see what a former one has done to the event
			arg.Context = in.Context.Clone()
		}
		var out *event.Event
		out, last = s.attempt(ctx, arg)
		if last != nil && s.pause != nil && endsAfter(ctx, s.pause(last, attempt)) {
			return nil, finalError{last}
		}
		return out, last
	})
	if err != nil && ctx.Err() != nil && !errors.Is(last, errNoResult) {
		err = last
	}
	return out, max(attempt, 1), err
}

// attempt calls the function once, when its turn has come.
func (s *step) attempt(ctx context.Context, in event.Event) (*event.Event, error) {
	if s.limit != nil {
		release, err := s.limit(ctx)
		if err != nil {
			return nil, err
		}
		if s.timeout == 0 {
			defer release()
			return s.call(ctx, in)
		}
		return s.timed(ctx, in, release)
	}
	if s.timeout == 0 {
		return s.call(ctx, in)
	}
	return s.timed(ctx, in, func() {})
}

// timed calls the function on its own goroutine, so that the step can answer at
// its timeout even if the function ignores its context. The turn is given back
// when the function has really returned.
func (s *step) timed(ctx context.Context, in event.Event, release func()) (*event.Event, error) {
	type result struct {
		out *event.Event
		err error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, errStepTimeout)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		defer release()
		out, err := s.call(ctx, in)
		done <- result{out, err}
	}()
	select {
	case r := <-done:
		if r.err != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return r.out, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// call is the plain call of the function; a panic is its error.
func (s *step) call(ctx context.Context, in event.Event) (out *event.Event, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, newPanicError(p)
		}
	}()
	return s.function(ctx, in)
}

// endsAfter says whether a pause that starts now ends after ctx does.
func endsAfter(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= pause
}

// finalError is an error after which no attempt fits before the deadline.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// openFor says how long a circuit breaker still lets nothing through.
type openFor func() time.Duration

var errStepTimeout = errors.New("step timeout")

// panicError is a panic in a function.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return fmt.Sprintf("panic: %v\n%s", e.value, e.stack)
}
