package vertex

import (
	"context"
	"errors"
	"sync"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
)

// attempt calls the function once, when the step's limit and breaker let it.
func (s *step) attempt(ctx context.Context, in event.Event) outcome {
	if s.breaker.open() { // before the wait for a turn: who is refused needs none
		return failing(s.broken())
	}
	if s.limit == nil {
		return s.guarded(ctx, in, nil)
	}
	release, err := s.limit.acquire(ctx)
	switch {
	case err == nil:
		return s.guarded(ctx, in, release)
	case ctx.Err() != nil:
		return failing(ended(ctx))
	default:
		return failing(s.busy(err))
	}
}

// guarded calls the function and tells the breaker how it went. release gives
// the turn back; nil if there is none.
func (s *step) guarded(ctx context.Context, in event.Event, release func()) outcome {
	if s.breaker == nil {
		return s.limited(ctx, in, release)
	}
	if !s.breaker.try() {
		if release != nil {
			release()
		}
		return failing(s.broken())
	}
	returned := false
	defer func() {
		if !returned { // a probe that is never recorded would keep the breaker half-open for good
			s.breaker.record(against)
		}
	}()
	o := s.limited(ctx, in, release)
	returned = true
	s.breaker.record(o.failed.verdict(ctx))
	return o
}

// limited calls the function and gives the turn back when it has really
// returned.
func (s *step) limited(ctx context.Context, in event.Event, release func()) outcome {
	if s.timeout > 0 {
		return s.timed(ctx, in, release)
	}
	if release != nil {
		defer release()
	}
	e := s.call(ctx, &in)
	return outcome{e, in}
}

// WithWaitGroup returns a context in which the goroutines of functions are
// counted in running: those of steps with a timeout, which may go on after their
// step, and the vertex, have returned.
func WithWaitGroup(ctx context.Context, running *sync.WaitGroup) context.Context {
	return context.WithValue(ctx, waitGroupKey{}, running)
}

type waitGroupKey struct{}

// timed calls the function on its own goroutine, so that the step can answer at
// its timeout even if the function ignores its context.
func (s *step) timed(ctx context.Context, in event.Event, release func()) outcome {
	limited, cancel := context.WithTimeoutCause(ctx, s.timeout, errStepTimeout)
	defer cancel()
	done := make(chan outcome, 1)
	running, counted := ctx.Value(waitGroupKey{}).(*sync.WaitGroup)
	if counted {
		running.Add(1)
	}
	go func() {
		o := failing(s.exited()) // holds if the function ends the goroutine
		defer func() {
			if release != nil {
				release() // before the answer, so that the next call finds the turn
			}
			done <- o
			if counted {
				running.Done()
			}
		}()
		e := s.call(limited, &in)
		o = outcome{e, in}
	}()
	select {
	case o := <-done:
		if o.failed == nil || o.failed.definite || limited.Err() == nil {
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
// of the event that it answers.
func (s *step) call(ctx context.Context, ev *event.Event) (e ending) {
	returned := false
	defer func() {
		if !returned {
			if p := recover(); p != nil {
				e = ending{failed: s.panicked(p)}
			}
		}
	}()
	out, err := s.function(ctx, *ev)
	e = s.judge(out, err, ev)
	returned = true
	return e
}

func (s *step) judge(out *event.Event, err error, ev *event.Event) ending {
	if errors.Is(err, carrier.ErrAccepted) {
		return ending{accepted: true}
	}
	if err != nil && !acknowledges(err) {
		return ending{failed: s.failure(err)}
	}
	if out == nil {
		return ending{dropped: true}
	}
	got, err := accept(out, *ev)
	if err != nil {
		return ending{failed: s.invalid(err)}
	}
	*ev = got
	return ending{}
}
