package aws_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/homing-dev/homing/runtimes/emulator"
	"github.com/homing-dev/homing/runtimes/emulator/template"
)

// The crowd, and how many of its calls may be worked on at once: each takes a
// process of the adapter and, but inline, one of each step.
const (
	callers = 500
	room    = 16
)

// Five hundred callers at once, and room for a few: who is turned away by the
// API, before anything ran, comes back. Each gets its own answer, and the chain
// has run once for each. It is not run beside other tests, which would starve.
func TestFiveHundredConcurrentCalls(t *testing.T) {
	for _, shape := range []string{inline, vertex} {
		t.Run(shape, func(t *testing.T) {
			s := newStage(t)
			d := faults(t, s, plan{
				shape: shape,
				options: func(o *emulator.Options) {
					o.Limit, o.Bootstrap = room, func(template.Function) string { return nimble }
				},
				change: func(st *template.Stack) { // so that those who wait leave room for those who work
					for i := range st.Functions {
						if st.Functions[i].ID == "Adapter" {
							st.Functions[i].Reserved = room
						}
					}
				},
			})
			start := time.Now()
			answers, away := crowd(t, d)
			took := time.Since(start)
			ids := map[string]bool{}
			for i, a := range answers {
				key := fmt.Sprint(i)
				a.right(t, key, "pass")
				ids[a.header.Get("X-Request-ID")] = true
				if n := s.ran(key, "after"); n != 1 {
					t.Errorf("call %d ran %d times", i, n)
				}
			}
			if len(ids) != callers || d.Depth("DeadLetters") != 0 {
				t.Errorf("%d ids, %d dead letters", len(ids), d.Depth("DeadLetters"))
			}
			told.add(fmt.Sprintf("%d calls at once, %s", callers, shape), answer{status: http.StatusOK, took: took},
				fmt.Sprintf("each its own right answer, one run each; turned away by the API %d times", away))
		})
	}
}

// crowd makes the calls, all at once, and gives the answers and how often one
// was turned away.
func crowd(t *testing.T, d *deployment) (answers []answer, away int64) {
	t.Helper()
	var all sync.WaitGroup
	var turned atomic.Int64
	client := newClient(t)
	answers = make([]answer, callers)
	begin := make(chan struct{})
	for i := range callers {
		all.Go(func() {
			<-begin
			a, n, err := insist(t.Context(), client, d.url+"/fault", order(fmt.Sprint(i), "pass"))
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
			turned.Add(n)
			answers[i] = a
		})
	}
	close(begin)
	all.Wait()
	return answers, turned.Load()
}

// unavailable is what an HTTP API says when Lambda has no room for a call.
const unavailable = `{"message":"Service Unavailable"}`

// insist makes a call again, with pauses, while it is turned away.
func insist(ctx context.Context, c *http.Client, url, body string) (a answer, away int64, err error) {
	tick := time.NewTicker(second / 2)
	defer tick.Stop()
	for {
		a, err = try(ctx, c, http.MethodPost, url, body)
		if err != nil || a.status != http.StatusServiceUnavailable || a.body != unavailable {
			return a, away, err
		}
		away++
		select {
		case <-tick.C:
		case <-ctx.Done():
			return a, away, context.Cause(ctx)
		}
	}
}
