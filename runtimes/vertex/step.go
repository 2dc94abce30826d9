package vertex

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
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
	remote   bool          // the function only sends its event elsewhere

	// What a result gets that a function left without.
	source      types.URIRef
	eventType   string
	contentType string
}

func newStep(chain string, s functions.Step, m *metrics) *step {
	st := &step{
		name:        s.Name,
		function:    s.Function,
		timeout:     max(0, s.Policy.Timeout),
		limit:       newLimit(s.Policy.Concurrency),
		retry:       newRetry(s.Policy.Retry),
		breaker:     newBreaker(s.Policy.Breaker),
		metrics:     m.step(chain, s.Name),
		remote:      s.URL != "",
		source:      types.URIRef{URL: url.URL{Path: "/chains/" + chain + "/steps/" + s.Name}},
		eventType:   "homing." + chain + "." + s.Name,
		contentType: event.ApplicationJSON, // what CloudEvents says of data without a type
	}
	st.plain = st.timeout == 0 && st.limit == nil && st.retry == nil && st.breaker == nil
	return st
}

// ending is how an attempt ended; the zero value is with an event.
type ending struct {
	dropped  bool
	accepted bool // a remote step runs on; its reply will come to the store
	failed   *failure
}

// outcome is how an attempt, or a step, ended, with its event.
type outcome struct {
	ending

	event event.Event
}

// way is where an event goes behind a step.
type way int8

const (
	onward  way = iota // to the next step
	dropped            // nowhere: the step wants no reply
	away               // to another process, from where its reply comes to the store
)

func (e ending) way() way {
	switch {
	case e.dropped:
		return dropped
	case e.accepted:
		return away
	default:
		return onward
	}
}

// failing is the outcome of a failure.
func failing(f *failure) outcome { return outcome{ending: ending{failed: f}} }

// runPlain makes ev the event of a step without a policy and returns which way it
// goes, or a [*functions.Error] that names the step, or the cause of ctx if that
// ended. It is apart from runWatched so that a call that waits in its
// function needs little stack: the goroutine of a connection has 4 KB until it
// needs more.
func (s *step) runPlain(ctx context.Context, ev *event.Event) (w way, err error) {
	watched := s.metrics.start()
	returned := false
	defer func() {
		if returned {
			return
		}
		watched.end(true)
		if p := recover(); p != nil { // else the function ends the goroutine; there is nobody to return to
			err = s.panicked(p).tell(ctx, s.name, 1)
		}
	}()
	out, err := s.function(ctx, *ev)
	e := s.judge(out, err, ev)
	returned = true
	watched.end(e.failed != nil)
	if e.failed != nil {
		return onward, e.failed.tell(ctx, s.name, 1)
	}
	return e.way(), nil
}

// runWatched is runPlain for any step, and tells its progress.
func (s *step) runWatched(ctx context.Context, ev *event.Event, w watch) (way, error) {
	w.say("started", 1, 0)
	watched := s.metrics.start()
	returned := false
	defer func() {
		if !returned { // the function ends the goroutine; there is nobody to return to
			watched.end(true)
			w.say("failed", 1, http.StatusInternalServerError)
		}
	}()
	o, attempt := s.attempts(ctx, *ev, w)
	returned = true
	watched.end(o.failed != nil)
	switch {
	case o.failed != nil:
		err := o.failed.tell(ctx, s.name, attempt)
		w.say("failed", attempt, statusOf(err))
		return onward, err
	case o.accepted:
		return away, nil
	case o.dropped:
		w.say("dropped", attempt, 0)
	default:
		w.say("finished", attempt, 0)
	}
	*ev = o.event
	return o.way(), nil
}

// attempts runs attempts until one counts, and says how many there were.
func (s *step) attempts(ctx context.Context, in event.Event, w watch) (outcome, int) {
	if s.retry == nil {
		return s.attempt(ctx, s.argument(in, false)), 1
	}
	for n := 1; ; n++ {
		again := n < s.retry.attempts
		// An attempt must not see what a former one has done to the event.
		o := s.attempt(ctx, s.argument(in, again))
		if o.failed == nil || !o.failed.passing || !again || ctx.Err() != nil {
			return o, n
		}
		wait := s.retry.pause(n, o.failed.problem.RetryAfter)
		if backoff.Outlasts(ctx, wait) {
			return o, n
		}
		if !backoff.Sleep(ctx, wait) {
			return failing(ended(ctx)), n
		}
		s.metrics.retried()
		w.say("retrying", n+1, o.failed.problem.StatusCode())
	}
}

// argument is the event for an attempt. One that another attempt may follow,
// or that may be left behind at its timeout, gets an event of its own, unless
// the step runs elsewhere.
func (s *step) argument(in event.Event, again bool) event.Event {
	if s.remote || s.timeout == 0 && !again {
		return in
	}
	return private(in, again)
}
