package aws_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// outage is for how long a store is away in the tests where it comes back.
const outage = 5 * second

// A store that cannot be reached, rejects or is slow: who waits gets the right
// answer if the store comes back before the deadline, and an honest error
// before the deadline if it does not. In the shape inline a plain call needs no
// store.
func TestStoreThatFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		way    way
		lasts  time.Duration // 0: for good
		path   string
		status int
		least  time.Duration
	}{
		"store throttled for 5 s":  {throttled, outage, "/fault", 200, 0},
		"store away for 5 s":       {cut, outage, "/fault", 200, 0},
		"store silent for 5 s":     {silent, outage, "/fault", 200, 0},
		"store slow":               {slow, 0, "/fault", 200, slowness},
		"store away for good":      {cut, 0, "/brief", 503, 2 * second},
		"store throttled for good": {throttled, 0, "/brief", 503, 2 * second},
		"store silent for good":    {silent, 0, "/brief", 503, 2 * second},
	} {
		for _, shape := range shapes() {
			t.Run(name+", "+shape, func(t *testing.T) {
				t.Parallel()
				s, p := newStage(t), newStoreProxy(t)
				d := faults(t, s, plan{shape: shape, options: p.options})
				wait.Eventually(t, "the first answer", func() bool { // a cold start may take longer than /brief waits
					return call(t, http.MethodPost, d.url+tt.path, order("first", "pass")).body == right("first", "pass")
				})
				p.set(tt.way)
				defer p.set(passes)
				if tt.lasts > 0 {
					timer := time.AfterFunc(tt.lasts, func() { p.set(passes) })
					defer timer.Stop()
				}
				status, least, most := tt.status, tt.least, faultTimeout+slack
				if tt.path == "/brief" {
					most = briefTimeout + slack
				}
				if tt.way == silent { // a write whose answer is missing is waited for: it may have been done
					most += second
				}
				if shape == inline {
					status, least, most = http.StatusOK, 0, second+slack
				}
				a := call(t, http.MethodPost, d.url+tt.path, order("k", "pass")).within(t, least, most)
				if tt.lasts > 0 && shape != inline && way(p.way.Load()) != passes {
					t.Error("it was answered before the store was back")
				}
				outcome := "the right answer"
				if status == http.StatusOK {
					a.right(t, "k", "pass")
				} else {
					outcome = a.is(t, status).problem().Detail
				}
				if s.ran("k", "after") != 1 {
					t.Errorf("step after ran %d times", s.ran("k", "after"))
				}
				results.add(name+", "+shape, a, outcome)
			})
		}
	}
}

// briefTimeout is the timeout of chain brief.
const briefTimeout = 3 * second

// What needs the store is rejected with 503 if there is none: nothing is
// promised that cannot be kept, and no step runs.
func TestCallThatNeedsAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ method, path, header, value string }{
		"async call": {http.MethodPost, "/fault", "Prefer", "respond-async"},
		"keyed call": {http.MethodPost, "/fault", "Idempotency-Key", "a"},
		"fetch":      {http.MethodGet, "/requests/01890a5d-ac96-774b-bcce-b302099a8057", "Prefer", "wait=1"},
		"cancelling": {http.MethodDelete, "/requests/01890a5d-ac96-774b-bcce-b302099a8057", "", ""},
	} {
		for way, fault := range map[way]string{cut: "away", throttled: "throttled"} {
			t.Run(name+", "+fault, func(t *testing.T) {
				t.Parallel()
				s, p := newStage(t), newStoreProxy(t)
				d := faults(t, s, plan{shape: vertex, options: p.options})
				p.set(way)
				var headers []string
				if tt.header != "" {
					headers = []string{tt.header, tt.value}
				}
				a := call(t, tt.method, d.url+tt.path, order("k", "pass"), headers...).is(t, http.StatusServiceUnavailable)
				a.within(t, 0, faultTimeout+slack)
				if a.header.Get("Retry-After") == "" || s.ran("k", "before") != 0 {
					t.Errorf("Retry-After: %q, %d runs", a.header.Get("Retry-After"), s.ran("k", "before"))
				}
				results.add("store "+fault+", "+name, a, a.problem().Detail+"; nothing ran")
			})
		}
	}
}

// Lambda delivers at least once. However often an event comes, the caller gets
// one reply, and a keyed one the same again.
func TestEventsDeliveredThreeTimesGiveOneReply(t *testing.T) {
	t.Parallel()
	const copies = 3
	for shape, runs := range map[string]map[string]int{
		vertex: {"before": 3, "act": 3, "after": 3},
		split:  {"before": 3, "act": 9, "after": 27},
	} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape, options: func(o *emulator.Options) { o.Duplicate = func(string) int { return copies } }})
			a := call(t, http.MethodPost, d.url+"/fault", order("k", "pass"), "Idempotency-Key", "one").right(t, "k", "pass")
			if err := d.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			for step, n := range runs {
				if got := s.ran("k", step); got != n {
					t.Errorf("step %s ran %d times, want %d", step, got, n)
				}
			}
			again := call(t, http.MethodPost, d.url+"/fault", order("k", "pass"), "Idempotency-Key", "one").right(t, "k", "pass")
			if again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("X-Request-ID") != a.header.Get("X-Request-ID") {
				t.Errorf("got %v", again.header)
			}
			if d.Depth("DeadLetters") != 0 || s.ran("k", "after") != runs["after"] {
				t.Errorf("%d dead letters", d.Depth("DeadLetters"))
			}
			results.add("every event delivered 3 times, "+shape, a, "one reply, the same again under its key")
		})
	}
}

// An adapter that is killed while it waits: the caller's second try reaches
// another one, which gives the reply of the first. The chain has run once.
func TestAdapterKilledWhileItWaits(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{vertex, split} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape})
			first := async(t, http.MethodPost, d.url+"/fault", order("k", "hold"), "Idempotency-Key", "one")
			wait.Receive(t, "the event at step act", s.arrived)
			if d.Kill("Adapter") != 1 {
				t.Error("there was not one adapter")
			}
			lost := wait.Receive(t, "the end of the first call", first)
			if lost.status != http.StatusInternalServerError || lost.body != gatewayError {
				t.Errorf("got %d %s", lost.status, lost.body)
			}
			joined := async(t, http.MethodPost, d.url+"/fault", order("k", "hold"), "Idempotency-Key", "one")
			wait.Eventually(t, "another adapter", func() bool { return d.Stats("Adapter").Invocations == 2 })
			close(s.open)
			second := wait.Receive(t, "the answer of the second call", joined).right(t, "k", "hold")
			third := call(t, http.MethodPost, d.url+"/fault", order("k", "hold"), "Idempotency-Key", "one").right(t, "k", "hold")
			for _, a := range []answer{second, third} {
				if a.header.Get("Idempotency-Replayed") != "true" || a.header.Get("X-Request-ID") != second.header.Get("X-Request-ID") {
					t.Errorf("got %v", a.header)
				}
			}
			if n := s.ran("k", "before"); n != 1 || s.ran("k", "after") != 1 {
				t.Errorf("the chain ran %d times", n)
			}
			results.add("adapter killed while it waits, "+shape, lost, "the API answers "+gatewayError)
			results.add("... the same key again, "+shape, second, "the reply of the first call; the chain ran once")
			if !strings.HasPrefix(actor(shape, "fault"), "Adapter") && d.Stats("Adapter").ColdStarts != 2 {
				t.Errorf("%+v", d.Stats("Adapter"))
			}
		})
	}
}
