package aws_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// shortWait is for how long an adapter holds a connection in these tests.
const shortWait = 2 * second

func waitShort(s *template.Stack) {
	for i := range s.Functions {
		if s.Functions[i].ID == "Adapter" {
			s.Functions[i].Environment["HOMING_MAX_WAIT"] = shortWait.String()
		}
	}
}

// A reply that comes after the wait has ended is fetched from where the answer
// says.
func TestReplyThatComesAfterTheWaitIsFetched(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{vertex, split} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape, change: waitShort})
			a := call(t, http.MethodPost, d.url+"/fault", order("k", "hold")).is(t, http.StatusGatewayTimeout).within(t, shortWait/2, shortWait+slack)
			location := a.header.Get("Location")
			call(t, http.MethodGet, d.url+location, "").is(t, http.StatusAccepted)
			close(s.open)
			late := call(t, http.MethodGet, d.url+location, "", "Prefer", "wait=10").right(t, "k", "hold")
			results.add("reply after the wait, "+shape, a, a.problem().Detail)
			results.add("... fetched, "+shape, late, "the right answer")
		})
	}
}

// A step that does not end before the deadline: the answer is the error, which
// names it, the same is found later, and what the step still brings does not count.
func TestReplyThatComesAfterTheDeadline(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{vertex, split} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape})
			// The first call of the store takes longer than what is left for one before the deadline.
			call(t, http.MethodGet, d.url+"/requests/01890a5d-ac96-774b-bcce-b302099a8057", "").is(t, http.StatusNotFound)
			start := time.Now()
			a := call(t, http.MethodPost, d.url+"/brief", order("k", "ignore")).is(t, http.StatusGatewayTimeout)
			a.within(t, briefTimeout/2, briefTimeout+slack)
			location := d.url + "/requests/" + a.problem().RequestID
			if a.problem().Step != "act" && a.timely() { // the adapter alone does not know it
				t.Errorf("it names no step: %s", a.body)
			}
			wait.Eventually(t, "the deadline", func() bool { return time.Since(start) > briefTimeout })
			call(t, http.MethodGet, location, "", "Prefer", "wait=10").is(t, http.StatusGatewayTimeout)
			close(s.open)
			if err := d.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			late := call(t, http.MethodGet, location, "").is(t, http.StatusGatewayTimeout)
			results.add("reply after the deadline, "+shape, a, a.problem().Detail)
			results.add("... fetched, "+shape, late, late.problem().Detail)
		})
	}
}

// The API gives up after 30 s, with a 503 that has no reason. The adapter
// answers before.
func TestAdapterAnswersBeforeTheAPIGivesUp(t *testing.T) {
	t.Parallel()
	const apiTimeout = 30 * second
	for _, shape := range shapes() {
		for _, do := range []string{"hold", "ignore"} {
			if do == "hold" && shape == split {
				continue // as in the shape vertex: the adapter does not see a difference
			}
			t.Run(shape+", "+do, func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				d := faults(t, s, plan{shape: shape})
				located := func(a answer) bool { return (a.header.Get("Location") != "") == (shape != inline) } // inline, the work has ended
				a := call(t, http.MethodPost, d.url+"/long", order("k", do))
				for attempt := 1; attempt < 5 && !located(a) && wait.Overloaded(); attempt++ { // it came too late on this machine
					a = call(t, http.MethodPost, d.url+"/long", order("k", do))
				}
				a.is(t, http.StatusGatewayTimeout).within(t, 27*second, apiTimeout-second/2)
				if !located(a) {
					t.Errorf("Location: %q", a.header.Get("Location"))
				}
				results.add("step of more than 30 s ("+do+"), "+shape, a, a.problem().Detail)
			})
		}
	}
}
