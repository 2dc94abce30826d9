package vertex

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/tracing"
)

// step runs one function under its policy.
type step struct {
	name     string
	function functions.Function
	timeout  time.Duration // of an attempt; 0: none
	limit    *limit        // nil: none
	retry    *retry        // nil: none
	breaker  *breaker      // nil: none
	metrics  *stepMetrics  // nil: none
	plain    bool          // no policy: one plain call
	remote   bool          // the function only sends its event to another process
	to       string        // the URL of a remote step, for the log
	log      *slog.Logger
	tracer   *tracing.Tracer // nil: none
	chain    string
	lost     sync.Once // the log has that the step lost a status or headers

	// What a result gets that a function left without.
	source      types.URIRef
	eventType   string
	contentType string
}

func newStep(chain string, s functions.Step, m *metrics) *step {
	st := &step{
		name:        s.Name,
		chain:       chain,
		function:    s.Function,
		timeout:     max(0, s.Policy.Timeout),
		limit:       newLimit(s.Policy.Concurrency),
		retry:       newRetry(s.Policy.Retry),
		breaker:     newBreaker(s.Policy.Breaker),
		remote:      s.URL != "",
		to:          s.URL,
		source:      types.URIRef{URL: url.URL{Path: "/chains/" + chain + "/steps/" + s.Name}},
		eventType:   "homing." + chain + "." + s.Name,
		contentType: event.ApplicationJSON, // of data without a type, by CloudEvents
	}
	st.metrics = m.step(st)
	st.plain = st.timeout == 0 && st.limit == nil && st.retry == nil && st.breaker == nil
	return st
}

// disposition is where the event goes behind a step that has not failed.
type disposition int8

const (
	passed   disposition = iota // on to the next step
	dropped                     // nowhere: the step wants no reply
	accepted                    // to another process, from where its reply comes to the store
)

// result is how an attempt, or a step, ended.
type result struct {
	disposition disposition
	failure     *failure // nil: none
}

// outcome is a result with the event.
type outcome struct {
	result

	event event.Event
}

// failing is the outcome of a failure.
func failing(f *failure) outcome { return outcome{result: result{failure: f}} }

// runPlain replaces ev by the result of a step without a policy, or returns a
// [*functions.Error] that names the step, or the cause of ctx if that ended. It
// is apart from run so that a call that waits in its function needs little
// stack: the goroutine of a connection has 4 KB until it needs more.
func (s *step) runPlain(ctx context.Context, ev *event.Event) (d disposition, err error) {
	stopwatch := s.metrics.start(ev)
	returned := false
	defer func() {
		if returned {
			return
		}
		stopwatch.stop(true)
		if p := recover(); p != nil { // else the function ends the goroutine; there is nobody to return to
			err = s.panicked(p).err(ctx, s.name, 1)
		}
	}()
	s.metrics.attempted()
	out, err := s.function(ctx, *ev)
	r := s.judge(out, err, ev)
	returned = true
	stopwatch.stop(r.failure != nil)
	if r.failure != nil {
		return passed, r.failure.err(ctx, s.name, 1)
	}
	return r.disposition, nil
}

// run is runPlain for any step, and reports its progress.
func (s *step) run(ctx context.Context, ev *event.Event, onProgress func(reply.Progress)) (disposition, error) {
	progress := reporter{step: s.name, onProgress: onProgress}
	progress.report("started", 1, 0)
	stopwatch := s.metrics.start(ev)
	returned := false
	defer func() {
		if !returned { // the function ends the goroutine; there is nobody to return to
			stopwatch.stop(true)
			progress.report("failed", 1, http.StatusInternalServerError)
		}
	}()
	o, attempt := s.attempts(ctx, *ev, progress)
	returned = true
	stopwatch.stop(o.failure != nil)
	if o.failure != nil {
		err := o.failure.err(ctx, s.name, attempt)
		progress.report("failed", attempt, statusOf(err))
		return passed, err
	}
	switch o.disposition {
	case dropped:
		progress.report("dropped", attempt, 0)
	case passed:
		progress.report("finished", attempt, 0)
		*ev = o.event
	case accepted:
	}
	return o.disposition, nil
}

// attempts runs attempts until one counts, and returns how many there were.
func (s *step) attempts(ctx context.Context, in event.Event, progress reporter) (outcome, int) {
	if s.retry == nil {
		return s.attempt(ctx, s.argument(in, false)), 1
	}
	for n := 1; ; n++ {
		again := n < s.retry.attempts
		// An attempt must not see what a former one has done to the event.
		attempting := ctx
		if n > 1 { // the first needs no context of its own
			attempting = functions.WithAttempt(ctx, n)
		}
		o := s.tracedAttempt(attempting, n, s.argument(in, again))
		if o.failure == nil || !o.failure.passing || !again || ctx.Err() != nil {
			return o, n
		}
		wait := s.retry.pause(n, o.failure.problem.RetryAfter)
		if backoff.Outlasts(ctx, wait) {
			return o, n
		}
		if !backoff.Sleep(ctx, wait) {
			return failing(ended(ctx)), n
		}
		s.metrics.retried()
		progress.report("retrying", n+1, o.failure.problem.StatusCode())
	}
}

// warnLost logs, once, that the step has not handed on the status or the headers
// that a step before it had set: these are of the event on which they are set, and
// this one returned another event.
func (s *step) warnLost(ctx context.Context, attribute string, attrs ...any) {
	s.lost.Do(func() {
		s.log.WarnContext(ctx, attribute+" is lost: the step returned an event without the one that a step before it had set",
			append([]any{slog.String("chain", s.chain), slog.String("step", s.name)}, attrs...)...)
	})
}

// reporter reports the progress of one step.
type reporter struct {
	step       string
	onProgress func(reply.Progress) // nil: nobody listens
}

func (r reporter) report(state string, attempt, status int) {
	if r.onProgress != nil {
		r.onProgress(reply.Progress{Step: r.step, State: state, Attempt: attempt, Status: status, Time: time.Now()})
	}
}

// argument is the event for an attempt. One that another attempt may follow,
// or that may be left behind at its timeout, gets an event of its own. A remote
// step changes nothing, but it may still read when it is left behind.
func (s *step) argument(in event.Event, again bool) event.Event {
	again = again && !s.remote
	if s.timeout == 0 && !again {
		return in
	}
	return private(in, again)
}
