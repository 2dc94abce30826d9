package adapter

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/functions"
)

const (
	// leastQueue is how many calls may wait for admission at least; a queue is as
	// long as the limit else.
	leastQueue = 16
	// longestQueue is how many may wait at most.
	longestQueue = 1024
	// maxQueueTime is for how long a call waits at most: the queue is for bursts.
	maxQueueTime = time.Second
	// shedRetryAfter is the Retry-After of what is refused under overload.
	shedRetryAfter = time.Second

	// The limit changes by the latency that is seen in such a time.
	shortestWindow, longestWindow, windowSamples = 200 * time.Millisecond, 10 * time.Second, 50
	// baselineWindows are how many such times are what it is compared with, half a minute
	// at least: of fewer, an overload that lasts would become what is usual.
	baselineWindows = 150
	// initialLimit is the limit at the beginning, if there are not more processors. What
	// calls take is compared with what they took before, so from a limit that is too high
	// it is not known how long they take without overload.
	initialLimit = 16
	// spanWeight is the weight of a call in the mean of the times that calls take.
	spanWeight = 0.05
	// spanEach is of how many calls that need not wait one is measured.
	spanEach = 8
	// idleTenants is of how many tenants is remembered that they have no calls.
	idleTenants = 1024
)

// errShed is the cause of a refusal under overload.
var errShed = errors.New("overloaded")

// admission lets no more calls run at once than this process, and what it calls, can
// do without getting slower: the adaptive limiter of failsafe-go finds the limit by
// their latency. Others wait. The queue of the limiter is in the order of arrival, in
// which an important call would wait behind all others; so the order is found here: of
// the calls that wait that one runs first which has the highest class, and of these one
// of the tenant of which the fewest run. If too many wait, one of the lowest class, and
// of these the latest of the tenant with the most calls, is refused. Calls whose
// callers do not wait have a backlog of their own.
//
// It is safe for concurrent use.
type admission struct {
	limiter adaptivelimiter.AdaptiveLimiter[any]
	aborted <-chan struct{}

	mu      sync.Mutex
	queue   []*admitted             // those that wait, as they came
	later   backlog                 // those whose callers do not wait
	tenants map[string]*tenantCalls // that have calls here
	span    time.Duration           // that a call takes, as a mean
	runs    uint                    // calls that have begun to run
}

// tenantCalls are how many calls of a tenant run, wait, or wait without a caller.
type tenantCalls struct{ running, waiting, later int }

// admitted is a call that waits for admission, or has it.
type admitted struct {
	class   class
	tenant  *tenantCalls
	permit  adaptivelimiter.Permit // nil while it waits
	since   time.Time              // when it has begun to run, if that is measured
	later   bool                   // its caller does not wait
	granted chan error             // nil if it did not wait
}

func newAdmission(most int, aborted <-chan struct{}) *admission {
	least := min(runtime.GOMAXPROCS(0), most)
	return &admission{
		limiter: adaptivelimiter.NewBuilder[any]().
			WithLimits(uint(least), uint(most), uint(max(least, min(initialLimit, most)))).
			WithRecentWindow(shortestWindow, longestWindow, windowSamples).WithBaselineWindow(baselineWindows).Build(),
		aborted: aborted, tenants: map[string]*tenantCalls{},
	}
}

// enter lets a call run, at once or when others have ended, or returns why it may not.
func (ad *admission) enter(ctx context.Context, c *call, cl class) error {
	ad.mu.Lock()
	load := ad.load(c.tenant)
	me := &c.admitted
	*me = admitted{class: cl, tenant: load}
	if len(ad.queue) == 0 && ad.run(me) {
		ad.mu.Unlock()
		return nil
	}
	err := ad.wait(c)
	if err != nil {
		ad.forget(c.tenant, load)
	}
	ad.mu.Unlock()
	if err != nil {
		return err
	}
	return ad.await(ctx, c)
}

// load returns the calls of a tenant.
func (ad *admission) load(tenant string) *tenantCalls {
	found := ad.tenants[tenant]
	if found == nil {
		found = &tenantCalls{}
		ad.tenants[tenant] = found
	}
	return found
}

// run lets a call run if the limit allows it.
func (ad *admission) run(me *admitted) bool {
	permit, ok := ad.limiter.TryAcquirePermit()
	if ok {
		if me.later {
			ad.later.running++
		}
		if me.permit = permit; ad.span == 0 || len(ad.queue) > 0 || ad.runs%spanEach == 0 {
			me.since = time.Now()
		}
		ad.runs++
		me.tenant.running++
	}
	return ok
}

// measure adds the time that a call has taken to their mean.
func (ad *admission) measure(took time.Duration) {
	if ad.span == 0 {
		ad.span = took
	} else {
		ad.span += time.Duration(spanWeight * float64(took-ad.span))
	}
}

// wait puts a call into the queue, or returns why it cannot wait there.
func (ad *admission) wait(c *call) error {
	me := &c.admitted
	ahead := 1
	for _, other := range ad.queue {
		if !me.before(other) {
			ahead++
		}
	}
	limit := ad.limiter.Limit()
	until := earlier(c.workUntil, c.deadline)
	if needs := ad.span + ad.span*time.Duration(ahead)/time.Duration(max(limit, 1)); time.Until(until) < needs {
		return c.tooLate()
	}
	me.granted = make(chan error, 1)
	me.tenant.waiting++
	ad.queue = append(ad.queue, me)
	if len(ad.queue) <= min(max(limit, leastQueue), longestQueue) {
		return nil
	}
	last := ad.queue[0]
	for _, other := range ad.queue[1:] {
		if other.compareLast(last) >= 0 {
			last = other
		}
	}
	ad.remove(last)
	if last == me {
		return shed()
	}
	last.granted <- shed()
	return nil
}

// await waits for the admission of a call in the queue.
func (ad *admission) await(ctx context.Context, c *call) (err error) {
	until := earlier(c.workUntil, c.start.Add(maxQueueTime))
	if c.ask.prefer.given() {
		until = earlier(until, c.responseDeadline)
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	me := &c.admitted
	select {
	case err = <-me.granted:
	case <-ctx.Done():
		err = errClientGone
	case <-ad.aborted:
		err = errDraining
	case <-timer.C:
		if err = shed(); until.Equal(c.workUntil) {
			err = c.tooLate()
		}
	}
	ad.mu.Lock()
	defer ad.mu.Unlock()
	if err != nil && me.permit == nil {
		if slices.Contains(ad.queue, me) {
			ad.remove(me)
		}
		ad.forget(c.tenant, me.tenant)
	}
	return err
}

func (ad *admission) remove(w *admitted) {
	w.tenant.waiting--
	i := slices.Index(ad.queue, w)
	ad.queue = slices.Delete(ad.queue, i, i+1)
}

func (ad *admission) forget(tenant string, load *tenantCalls) {
	if *load == (tenantCalls{}) && len(ad.tenants) > idleTenants && ad.tenants[tenant] == load {
		delete(ad.tenants, tenant)
	}
}

// leave ends the admission of a call, if it has one, and lets the next ones run.
func (ad *admission) leave(c *call) {
	if c.admitted.permit != nil {
		ad.end(c, !c.cutShort())
	}
}

// joined ends the admission of a call that only waits for the reply of another.
func (ad *admission) joined(c *call) {
	if c.admitted.permit != nil {
		ad.end(c, false)
	}
}

// end ends the admission of a call. worked is false if its time says nothing of how long
// calls take.
func (ad *admission) end(c *call, worked bool) {
	me := &c.admitted
	ad.mu.Lock()
	defer ad.mu.Unlock()
	if me.later {
		ad.later.running--
	}
	if me.later || !worked {
		me.permit.Drop()
	} else {
		me.permit.Record()
		if me.since != (time.Time{}) {
			ad.measure(time.Since(me.since))
		}
	}
	me.permit = nil
	me.tenant.running--
	ad.forget(c.tenant, me.tenant)
	for ad.runNext() {
	}
}

// runNext lets the next of the calls that wait run, and reports whether one does.
func (ad *admission) runNext() bool {
	next := ad.nextLater()
	if len(ad.queue) > 0 {
		if first := slices.MinFunc(ad.queue, (*admitted).compare); next == nil || first.class >= next.class {
			next = first
		}
	}
	if next == nil || !ad.run(next) {
		return false
	}
	if next.later {
		ad.removeLater(next)
	} else {
		ad.remove(next)
	}
	next.granted <- nil
	return true
}

// cutShort reports whether the work of c did not end by itself, so that its time says
// nothing.
func (c *call) cutShort() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == reading || c.state == abandoned
}

// compare orders the calls that wait by who runs first.
func (me *admitted) compare(other *admitted) int {
	if me.class != other.class {
		return int(other.class) - int(me.class)
	}
	return me.tenant.running - other.tenant.running // of equals the first one in the queue is taken
}

// before reports whether a call that comes now would run before one that waits.
func (me *admitted) before(other *admitted) bool { return me.compare(other) < 0 }

// compareLast orders the calls that wait by who runs last; of equals the latest does.
func (me *admitted) compareLast(other *admitted) int {
	if me.class != other.class {
		return int(other.class) - int(me.class)
	}
	return me.tenant.running + me.tenant.waiting - other.tenant.running - other.tenant.waiting
}

// shed is the problem of a call that is refused for others.
func shed() error {
	return &functions.Error{RetryAfter: shedRetryAfter, Cause: errShed, Problem: functions.Problem{
		Status: http.StatusServiceUnavailable, Title: "Overloaded",
		Detail: "the server has more calls than it can run, and others come first; try again later",
	}}
}

// tooLate is the problem of a call that would be refused at its deadline anyway.
func (c *call) tooLate() error {
	p := &functions.Error{RetryAfter: shedRetryAfter, Cause: errShed, Problem: functions.Problem{
		Status: http.StatusServiceUnavailable, Title: "Overloaded",
		Detail: "the server has more calls than it can run, and this one would not end in time; try again later",
	}}
	if !c.expiry.IsZero() && c.expiry.Equal(c.deadline) {
		p.RetryAfter = 0
		p.Status, p.Title = http.StatusGatewayTimeout, ""
		p.Detail = "the expirytime of the event is too early for the calls that run before it; send it with a later one"
	}
	return p
}

// admitCall lets a call run that its caller waits for, or returns why it may not. One
// with respond-async is accepted, and waits when its work begins.
func (a *Adapter) admitCall(r *http.Request, c *call) error {
	switch {
	case a.calls.admission == nil:
		return nil
	case c.ask.prefer.async:
		c.admitted = admitted{class: a.classOf(r.Header, c), later: true}
		return nil
	}
	return a.calls.admission.enter(r.Context(), c, a.classOf(r.Header, c))
}

func (ad *admission) collectors() []prometheus.Collector {
	if ad == nil {
		return nil
	}
	return []prometheus.Collector{
		gauge("homing_admission_limit", "Calls that may run at once before others wait or are refused.", ad.limiter.Limit),
		gauge("homing_admission_running", "Calls that were admitted and run.", ad.limiter.Inflight),
		gauge("homing_admission_waiting", "Calls that wait to be admitted.", func() int {
			ad.mu.Lock()
			defer ad.mu.Unlock()
			return len(ad.queue)
		}),
		gauge("homing_admission_backlog", "Calls with respond-async that wait to be admitted.", func() int {
			ad.mu.Lock()
			defer ad.mu.Unlock()
			return ad.later.waiting
		}),
	}
}
