package adapter_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

// machine runs so many calls at once, each for so long; others wait inside of it.
type machine struct {
	places chan struct{}
	takes  time.Duration
}

func newMachine(places int, takes time.Duration) machine {
	return machine{make(chan struct{}, places), takes}
}

func (m machine) capacity() float64 { return float64(cap(m.places)) / m.takes.Seconds() }

func (m machine) function(ctx context.Context, in event.Event) (*event.Event, error) {
	select {
	case m.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-m.places }()
	time.Sleep(time.Duration((0.75 + rand.Float64()/2) * float64(m.takes)))
	return &in, nil
}

// offered is a load and what became of it.
type offered struct {
	tenant, path string
	headers      []string
	perSecond    float64

	mu     sync.Mutex
	sent   int
	status map[int]int
	slow   int // longer than limit
	limit  time.Duration
}

// offer sends all loads for a time, each evenly, and waits for the answers; what comes
// before the end of a warm-up is not counted.
func (l limited) offer(warm, lasts time.Duration, loads ...*offered) {
	var all sync.WaitGroup
	begin := time.Now()
	for _, load := range loads {
		load.status = map[int]int{}
		all.Go(func() {
			for time.Since(begin) < warm+lasts {
				counts := time.Since(begin) >= warm
				all.Go(func() {
					since := time.Now()
					got := l.call(load.tenant, load.path, strings.NewReader("x"), load.headers...)
					load.mu.Lock()
					defer load.mu.Unlock()
					if !counts {
						return
					}
					load.sent++
					load.status[got.status]++
					if time.Since(since) > load.limit {
						load.slow++
					}
				})
				time.Sleep(time.Duration(float64(time.Second) / load.perSecond))
			}
		})
	}
	all.Wait()
}

func TestUnderOverloadTheHighClassIsServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(16, 100*time.Millisecond)
		high, low := chain("high", m.function), chain("low", m.function)
		high.Priority, low.Priority = functions.PriorityHigh, functions.PriorityLow
		l := newLimited(t, adapter.Config{Adaptive: true}, high, low)
		important := &offered{tenant: "a", path: "/high", perSecond: 0.6 * m.capacity(), limit: 250 * time.Millisecond}
		other := &offered{tenant: "b", path: "/low", perSecond: 2.4 * m.capacity(), limit: time.Second}
		l.offer(5*time.Second, 10*time.Second, important, other)
		t.Logf("high %d %v slow %d; low %d %v; capacity %.0f", important.sent, important.status, important.slow, other.sent, other.status, 10*m.capacity())
		if ok := important.status[200]; float64(ok) < 0.99*float64(important.sent) || float64(important.slow) > 0.01*float64(important.sent) {
			t.Errorf("of %d calls of the high class %d have passed, and %d took more than twice what they do at most without load", important.sent, ok, important.slow)
		}
		if good := important.status[200] + other.status[200]; float64(good) < 0.9*10*m.capacity() {
			t.Errorf("%d calls have passed, of %.0f that could", good, 10*m.capacity())
		}
		if other.status[200]+other.status[503] != other.sent {
			t.Errorf("calls of the low class got %v", other.status)
		}
	})
}

func TestOneTenantDoesNotTakeThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(16, 100*time.Millisecond)
		l := newLimited(t, adapter.Config{Adaptive: true}, chain("work", m.function))
		many := &offered{tenant: "a", path: "/work", perSecond: 4 * m.capacity()}
		few := &offered{tenant: "b", path: "/work", perSecond: 0.4 * m.capacity()}
		l.offer(5*time.Second, 10*time.Second, many, few)
		t.Logf("many %d %v, few %d %v, capacity %.0f", many.sent, many.status, few.sent, few.status, 10*m.capacity())
		if ok := few.status[200]; float64(ok) < 0.99*float64(few.sent) {
			t.Errorf("of %d calls of the tenant that asks for less than its half %d have passed", few.sent, ok)
		}
	})
}

func TestWithoutOverloadNothingIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(1000, 20*time.Millisecond)
		l := newLimited(t, adapter.Config{Adaptive: true}, chain("work", m.function))
		load := &offered{tenant: "a", path: "/work", perSecond: 400}
		l.offer(0, 10*time.Second, load)
		if load.status[http.StatusOK] != load.sent {
			t.Errorf("of %d calls, %v", load.sent, load.status)
		}
	})
}

// burst sends calls at once to an adapter whose limit they exceed, and returns how they
// are answered, by name.
func burst(t *testing.T, calls map[string][]string) map[string]answer {
	t.Helper()
	m := newMachine(1000, 20*time.Second)
	slow := chain("slow", m.function)
	slow.Timeout = time.Minute
	short := chain("short", m.function)
	short.Timeout = 500 * time.Millisecond
	l := newLimited(t, adapter.Config{Adaptive: true, MaxInFlight: 1000, Quotas: map[string]adapter.Quota{"c": {Priority: functions.PriorityLow}}}, slow, short)
	for range 600 { // fill every place, and the queue with the class normal
		go l.call("a", "/slow", strings.NewReader("x"))
	}
	synctest.Wait()
	var all sync.WaitGroup
	var mu sync.Mutex
	out := map[string]answer{}
	for name, call := range calls {
		all.Go(func() {
			got := l.call(call[0], call[1], strings.NewReader("x"), call[2:]...)
			mu.Lock()
			defer mu.Unlock()
			out[name] = got
		})
	}
	all.Wait()
	time.Sleep(time.Minute)
	return out
}

func TestWhatIsRefusedUnderOverloadIsToldWhen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := burst(t, map[string][]string{
			"lowest":  {"c", "/slow"},
			"asks":    {"a", "/slow", "Priority", "u=7, i"},
			"async":   {"c", "/slow", "Prefer", "respond-async"},
			"forbids": {"c", "/slow", "Priority", "u=0"},
		})
		for _, name := range []string{"lowest", "asks", "forbids"} {
			p := got[name].problem(t, 503)
			if p.Title != "Overloaded" || got[name].header.Get("Retry-After") != "1" {
				t.Errorf("%s: got %+v %v", name, p, got[name].header)
			}
		}
		if got["async"].status != 202 {
			t.Errorf("got %d: %s", got["async"].status, got["async"].body)
		}
	})
}

func TestACallThatWouldNotEndInTimeIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := chain("slow", newMachine(1000, 2*time.Second).function)
		slow.Timeout = time.Minute
		short := chain("short", echo)
		short.Timeout = time.Second
		l := newLimited(t, adapter.Config{Adaptive: true}, slow, short)
		fill := func() {
			for range 600 {
				go l.call("a", "/slow", strings.NewReader("x"))
			}
			synctest.Wait()
		}
		fill()
		time.Sleep(time.Minute)
		fill()
		begin := time.Now()
		p := l.call("b", "/short", strings.NewReader("x")).problem(t, 503)
		if !strings.Contains(p.Detail, "would not end in time") || time.Since(begin) != 0 {
			t.Errorf("after %s: %+v", time.Since(begin), p)
		}
		ce := `{"specversion":"1.0","id":"1","source":"/c","type":"` + slow.WithDefaults().Type + `","data":{},"expirytime":"` +
			time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano) + `"}`
		p = l.call("b", "/events", strings.NewReader(ce), "Content-Type", "application/cloudevents+json").problem(t, 504)
		if !strings.Contains(p.Detail, "expirytime") || time.Since(begin) != 0 {
			t.Errorf("after %s: %+v", time.Since(begin), p)
		}
		time.Sleep(time.Minute)
	})
}

func TestWhoWaitsForAdmissionIsForgottenWhenHeLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := chain("slow", newMachine(1000, 5*time.Second).function)
		l := newLimited(t, adapter.Config{Adaptive: true}, slow)
		for range 600 {
			go l.call("a", "/slow", strings.NewReader("x"))
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		var gone sync.WaitGroup
		for range 8 {
			gone.Go(func() {
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/slow", strings.NewReader("x"))
				r.Header.Set("Authorization", "Bearer "+secretOf("b"))
				l.a.ServeHTTP(httptest.NewRecorder(), r)
			})
		}
		synctest.Wait()
		cancel()
		gone.Wait()
		time.Sleep(time.Minute)
		if n := l.calls(3, "b", "/slow"); n != 3 {
			t.Errorf("behind them %d of 3 calls ran", n)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.a.Drain(ctx); err != nil {
			t.Error(err)
		}
	})
}

// Who only waits for the reply of an earlier call under his key does no work here.
func TestRetriesUnderAKeyHoldNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const retries = 100
		slow := chain("slow", newMachine(1000, 10*time.Second).function)
		slow.Timeout, slow.AsyncTimeout = time.Minute, time.Hour
		l := newLimited(t, adapter.Config{Adaptive: true}, slow, chain("quick", echo))
		key := []string{"Idempotency-Key", "k"}
		l.accept(1, "a", "/slow", key...)
		synctest.Wait()
		got := make(chan int, retries)
		for range retries {
			go func() { got <- l.call("a", "/slow", strings.NewReader("x"), key...).status }()
			synctest.Wait() // none is refused as too many come at once
		}
		time.Sleep(time.Second)
		if n := l.calls(3, "b", "/quick"); n != 3 {
			t.Errorf("beside them %d of 3 calls ran", n)
		}
		for range retries {
			if status := <-got; status != http.StatusOK {
				t.Errorf("a retry got %d", status)
			}
		}
	})
}
