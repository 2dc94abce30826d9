package adapter

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// storePatience bounds every call of the store that somebody waits for: who
	// asks for more than the store can do now gets a 503 and may come back.
	storePatience = 1500 * time.Millisecond
	// storeSettles is for how long a store is still waited for that has not
	// returned when its time is over.
	storeSettles = 300 * time.Millisecond
	// completing is for how long after its deadline a reply is tried to be put
	// into the store: nobody else has it.
	completing = 5 * time.Second
)

// errSilent is the cause of a context that storePatience has ended.
var errSilent = errors.New("the reply store has not answered in time")

// boundedStore gives every call of a store a deadline of its own, whatever the
// store does about time. A store that does not answer is silent until a call of
// it succeeds again.
type boundedStore struct {
	store   reply.Store
	metrics storeMetrics
	silent  atomic.Bool
	aborted <-chan struct{} // closed when nobody may wait for the store any more
}

// bounded calls the store within patience, and notes whether it has answered. It
// ends with errDraining when aborted is closed; nil means never.
func bounded[T any](
	ctx context.Context, s *boundedStore, operation string, aborted <-chan struct{}, patience time.Duration,
	call func(context.Context) (T, error),
) (T, error) {
	since := time.Now()
	out, err := inTime(ctx, aborted, patience, call)
	s.metrics.called(ctx, operation, since, err)
	if ctx.Err() == nil && !errors.Is(err, errDraining) { // else its time was not that of the store
		s.silent.Store(errors.Is(err, errSilent))
	}
	return out, err
}

// inTime calls the store within patience, and returns what that does, or soon
// after its time that it has not returned: a store may wait a little longer for
// an answer on its way, but who waits for it must not depend on that. Time counts
// from when the call begins, so that a busy processor is no silent store.
func inTime[T any](
	ctx context.Context, aborted <-chan struct{}, patience time.Duration, call func(context.Context) (T, error),
) (out T, err error) {
	type result struct {
		out T
		err error
	}
	returned, late := make(chan result, 1), make(chan struct{})
	go func() {
		within, cancel := context.WithTimeoutCause(ctx, patience, errSilent)
		defer cancel()
		defer context.AfterFunc(within, func() { time.AfterFunc(storeSettles, func() { close(late) }) })()
		out, err := call(within)
		if err != nil && within.Err() != nil && !errors.Is(ctx.Err(), context.Canceled) {
			err = silence(err)
		}
		returned <- result{out, err}
	}()
	select {
	case r := <-returned:
		return r.out, r.err
	case <-late:
		err = errSilent
	case <-aborted:
		err = errDraining
	}
	select {
	case r := <-returned: // both, as the processor was busy
		return r.out, r.err
	default:
		return out, err
	}
}

// silence returns errSilent in the place of how a store reports that its time is
// over: one that cancels what it does must not make it look as if the client had
// gone away. What a store has answered at the last moment stays.
func silence(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %v", errSilent, err) //nolint:errorlint // so that nobody takes it for the end of the request's context
	}
	return err
}

// bounded0 is bounded for a call that returns an error alone.
func bounded0(
	ctx context.Context, s *boundedStore, operation string, aborted <-chan struct{}, patience time.Duration, call func(context.Context) error,
) error {
	_, err := bounded(ctx, s, operation, aborted, patience, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	return err
}

// Register implements [reply.Store].
func (s *boundedStore) Register(ctx context.Context, r reply.Request) error {
	return bounded0(ctx, s, "register", s.aborted, storePatience, func(ctx context.Context) error { return s.store.Register(ctx, r) })
}

// Complete implements [reply.Store].
func (s *boundedStore) Complete(ctx context.Context, r reply.Reply) error {
	patience := max(time.Until(r.Deadline), 0) + completing
	return bounded0(ctx, s, "complete", nil, patience, func(ctx context.Context) error { return s.store.Complete(ctx, r) })
}

// Lookup implements [reply.Store].
func (s *boundedStore) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	return bounded(ctx, s, "lookup", s.aborted, storePatience, func(ctx context.Context) (reply.Record, error) {
		return s.store.Lookup(ctx, id)
	})
}

// Cancel implements [reply.Store].
func (s *boundedStore) Cancel(ctx context.Context, id reply.ID) error {
	return bounded0(ctx, s, "cancel", s.aborted, storePatience, func(ctx context.Context) error { return s.store.Cancel(ctx, id) })
}

// Claim implements [reply.Store].
func (s *boundedStore) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	return bounded(ctx, s, "claim", s.aborted, storePatience, func(ctx context.Context) (reply.ID, error) { return s.store.Claim(ctx, c) })
}

// Release implements [reply.Store].
func (s *boundedStore) Release(ctx context.Context, key string, owner reply.ID) error {
	return bounded0(ctx, s, "release", nil, storePatience, func(ctx context.Context) error { return s.store.Release(ctx, key, owner) })
}

// answers reports whether the store answers: what the last call has seen, or a
// new one if that was nothing.
func (s *boundedStore) answers(ctx context.Context, box reply.Mailbox) bool {
	if s.silent.Load() {
		_, _ = s.Lookup(ctx, reply.NewID(time.Now(), box)) // unknown, which is an answer
	}
	return !s.silent.Load()
}
