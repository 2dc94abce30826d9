package invoke

import (
	"context"
	"time"
)

// asyncEvent is an asynchronous event on its way.
type asyncEvent struct {
	call

	function *function
	accepted time.Time
	runs     int    // how often the function has run
	last     Result // of the last run
}

// The conditions of a destination record.
const (
	conditionSuccess = "Success"
	conditionRetries = "RetriesExhausted"
	conditionAge     = "EventAgeExceeded"
)

// InvokeAsync queues an event for a function; name may be an ARN. nil means
// that it is accepted: it is delivered at least once, and again if the
// function fails, as [Function.Retries] and MaxAge say, while the service
// lives. It waits for room where Invoke is throttled; it is throttled itself if
// too many events are queued. Every error is an [*Error].
func (s *Service) InvokeAsync(name string, payload []byte) error {
	return s.enqueue(name, call{payload: payload})
}

func (s *Service) enqueue(name string, c call) error {
	c.clientContext = "" // Lambda passes it on with synchronous invocations only
	f, c, err := s.accept(name, c, MaxAsync, "Event")
	if err != nil {
		return err
	}
	times := max(1, s.opts.Duplicate(f.Name))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errService("the service is closed")
	}
	if s.pending+times > s.opts.QueueLimit {
		f.stats.Throttles++
		return errThrottled(reasonLimit)
	}
	f.stats.Events++
	for range times {
		s.begin(f)
		event := &asyncEvent{call: c, function: f, accepted: s.opts.Now()}
		s.running.Go(func() { s.carry(event) })
	}
	return nil
}

// begin and finished count what is pending. The caller of begin holds mu.
func (s *Service) begin(f *function) {
	if s.pending == 0 {
		s.drained = make(chan struct{})
	}
	s.pending++
	f.stats.Queued++
}

func (s *Service) finished(f *function) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending--
	f.stats.Queued--
	if s.pending == 0 {
		close(s.drained)
	}
}

// Drain waits until no asynchronous event is queued, runs, waits for its retry
// or for its destination. The error is the cause of ctx.
func (s *Service) Drain(ctx context.Context) error {
	for {
		s.mu.Lock()
		pending, drained := s.pending, s.drained
		s.mu.Unlock()
		if pending == 0 {
			return nil
		}
		select {
		case <-drained:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// carry delivers an event until the function succeeds or Lambda gives up.
func (s *Service) carry(e *asyncEvent) {
	defer s.finished(e.function)
	ctx, cancel := context.WithTimeout(s.life, e.function.MaxAge-s.opts.Now().Sub(e.accepted))
	defer cancel()
	for {
		env, err := s.await(ctx, e.function)
		if err != nil {
			s.conclude(e, conditionAge)
			return
		}
		inv := newInvocation(e.call)
		env.submit(inv)
		<-inv.done
		e.runs++
		e.last = inv.result
		switch {
		case e.last.FunctionError == "":
			s.conclude(e, conditionSuccess)
			return
		case e.runs > e.function.Retries:
			s.conclude(e, conditionRetries)
			return
		case !s.pause(ctx, e.runs):
			s.conclude(e, conditionAge)
			return
		}
		s.count(e.function, func(stats *Stats) { stats.Retries++ })
	}
}

// pause waits before the retry that follows the runs-th run. It gives false if
// the event gets too old meanwhile.
func (s *Service) pause(ctx context.Context, runs int) bool {
	delays := s.opts.RetryDelays
	if len(delays) == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(delays[min(runs, len(delays))-1])
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
