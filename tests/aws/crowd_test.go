package aws_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// The crowd, and how many of its calls may be worked on at once: each takes a
// process of the adapter and, but inline, one of each step.
const (
	callers = 500
	room    = 16
)

// Five hundred callers at once, and room for a few, for whose turn the others
// wait. Each gets its own answer, and the chain has run once for each. It is not
// run beside other tests, which would starve.
func TestFiveHundredConcurrentCalls(t *testing.T) {
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			s := newStage(t)
			d := faults(t, s, plan{
				shape: shape,
				options: func(o *emulator.Options) {
					o.Each, o.Bootstrap = room, func(template.Function) string { return nimble }
					o.Timeout = wait.Patience // the last ones may wait longer than an API does
					if wait.Overloaded() {    // fewer at once, or the tables starve
						o.Each = 2
					}
				},
			})
			start := time.Now()
			answers := crowd(t, d)
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
			results.add(fmt.Sprintf("%d calls at once, %s", callers, shape), answer{status: http.StatusOK, took: took},
				"each its own right answer, one run each")
		})
	}
}

// crowd sends the calls, all at once, and returns the answers.
func crowd(t *testing.T, d *deployment) []answer {
	t.Helper()
	var all sync.WaitGroup
	client := newClient(t)
	answers := make([]answer, callers)
	begin := make(chan struct{})
	for i := range callers {
		all.Go(func() {
			<-begin
			a, err := try(t.Context(), client, http.MethodPost, d.url+"/fault", order(fmt.Sprint(i), "pass"))
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
			answers[i] = a
		})
	}
	close(begin)
	all.Wait()
	return answers
}
