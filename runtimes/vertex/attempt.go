package vertex

import (
	"context"
	"errors"
	"sync"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/internal/problem"
)

// attempt calls the function once, when the step's limit and breaker let it.
func (s *step) attempt(ctx context.Context, in event.Event) outcome {
	if s.breaker.open() { // before the wait for a permit: who is refused needs none
		s.metrics.refused(byBreaker)
		return failing(s.breakerOpen())
	}
	release := func() {}
	if s.limit != nil {
		var err error
		release, err = s.metrics.acquire(ctx, s.limit)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return failing(ended(ctx))
		default:
			s.metrics.refused(byLimit)
			return failing(s.limitReached(err))
		}
	}
	if s.breaker == nil {
		return s.limited(ctx, in, release)
	}
	if !s.breaker.circuit.TryAcquirePermit() {
		release()
		s.metrics.refused(byBreaker)
		return failing(s.breakerOpen())
	}
	returned := false
	defer func() {
		if !returned { // a probe that is never recorded would keep the breaker half-open for good
			s.breaker.record(against)
		}
	}()
	o := s.limited(ctx, in, release)
	returned = true
	s.breaker.record(o.failure.verdict(ctx))
	return o
}

// limited calls the function within the step's timeout, and releases the permit
// when it has really returned.
func (s *step) limited(ctx context.Context, in event.Event, release func()) outcome {
	s.metrics.attempted()
	if s.timeout > 0 {
		return s.timed(ctx, in, release)
	}
	defer release()
	r := s.call(ctx, &in)
	return outcome{r, in}
}

// WithWaitGroup returns a context in which the goroutines of functions are
// counted in running: those of steps with a timeout, which may go on after their
// step, and the vertex, have returned.
func WithWaitGroup(ctx context.Context, running *sync.WaitGroup) context.Context {
	return context.WithValue(ctx, waitGroupKey{}, running)
}

type waitGroupKey struct{}

// timed calls the function on its own goroutine, so that the step can return at
// its timeout even if the function ignores its context.
func (s *step) timed(ctx context.Context, in event.Event, release func()) outcome {
	limited, cancel := context.WithTimeoutCause(ctx, s.timeout, errStepTimeout)
	defer cancel()
	done := make(chan outcome, 1)
	running, _ := ctx.Value(waitGroupKey{}).(*sync.WaitGroup)
	if running != nil {
		running.Add(1)
	}
	go func() {
		o := failing(s.broken(problem.ErrExited)) // holds if the function ends the goroutine
		defer func() {
			release() // before the result is there, so that the next call finds the permit
			done <- o
			if running != nil {
				running.Done()
			}
		}()
		r := s.call(limited, &in)
		o = outcome{r, in}
	}()
	select {
	case o := <-done:
		if o.failure == nil || o.failure.definite || limited.Err() == nil {
			return o
		}
	case <-limited.Done():
	}
	if ctx.Err() != nil {
		return failing(ended(ctx))
	}
	return failing(s.timedOut())
}

// call is the plain call of the function with ev, which the event of its result
// replaces. A panic is its failure, and so is one in the methods of the error or
// of the event that it returns.
func (s *step) call(ctx context.Context, ev *event.Event) (r result) {
	returned := false
	defer func() {
		if !returned {
			if p := recover(); p != nil {
				r = result{failure: s.panicked(p)}
			}
		}
	}()
	out, err := s.function(ctx, *ev)
	r = s.judge(out, err, ev)
	returned = true
	return r
}

func (s *step) judge(out *event.Event, err error, ev *event.Event) result {
	if errors.Is(err, carrier.ErrAccepted) {
		return result{disposition: accepted}
	}
	if err != nil && !acknowledges(err) {
		return result{failure: s.failed(err)}
	}
	if out == nil {
		return result{disposition: dropped}
	}
	got, err := accept(out)
	if err != nil {
		return result{failure: s.invalid(err)}
	}
	*ev = got
	return result{}
}
