package aws_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// large are events that Lambda does not carry, since asynchronous invocations have at
// most 1 MB: one comes so, the other one is made so by a step.
func large(t *testing.T) map[string]input {
	t.Helper()
	const side = 640
	toJPEG := []string{"Accept", "image/jpeg"}
	path := "/thumbnail?w=640&q=50"
	return map[string]input{
		"comes": {"photo of more than 1 MB", path, encoded(t, noisy(side, side), false), toJPEG, http.StatusOK, 0},
		"grows": {"photo that grows beyond 1 MB between steps", path, encoded(t, noisy(side, side), true), toJPEG, http.StatusOK, 0},
	}
}

// What is too large for Lambda goes by claim check, so that callers see no difference,
// and nothing of it is left when they have their replies.
func TestLargeEventsAreAnsweredAsInOneProcess(t *testing.T) {
	t.Parallel()
	all := large(t)
	want := expected(t, []input{all["comes"], all["grows"]})
	for _, place := range []string{"table", "bucket"} {
		for _, shape := range shapes() {
			t.Run(shape+", "+place, func(t *testing.T) {
				t.Parallel()
				d := samples(t, plan{shape: shape, parameters: map[string]string{"LargeData": place}})
				for _, in := range all {
					same(t, in.name, call(t, http.MethodPost, d.url+in.path, in.body, in.headers...), want[in.name])
					same(t, in.name+", fetched", d.fetch(t, in), fetched(want[in.name]))
				}
				if err := d.Drain(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := d.Objects("Bodies"); n != 0 {
					t.Errorf("%d bodies are left", n)
				}
			})
		}
	}
}

// Without a place for its data such an event is rejected with a word on the limit: at
// once if it is the request's own, and as the reply if a step has made it.
func TestEventLargerThanLambdaCarries(t *testing.T) {
	t.Parallel()
	all := large(t)
	comes, grows := all["comes"], all["grows"]
	want := expected(t, []input{comes, grows})
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			d := samples(t, plan{shape: shape, change: func(s *template.Stack) {
				for _, f := range s.Functions {
					f.Environment["HOMING_BODIES"] = "none"
				}
			}})
			rejected := func(what string, a answer) {
				a.is(t, http.StatusRequestEntityTooLarge)
				if p := a.problem(); p.Title != "Event too large" || !strings.Contains(p.Detail, "1032192") {
					t.Errorf("%s: got %s", what, excerpt(a.body))
				}
				results.add(what+", "+shape, a, a.problem().Detail)
			}
			a := call(t, http.MethodPost, d.url+comes.path, comes.body, comes.headers...)
			if shape == inline {
				same(t, comes.name, a, want[comes.name])
				async := append([]string{"Prefer", "respond-async"}, comes.headers...)
				rejected(comes.name+", async", call(t, http.MethodPost, d.url+comes.path, comes.body, async...))
			} else {
				rejected(comes.name, a)
			}
			a = call(t, http.MethodPost, d.url+grows.path, grows.body, grows.headers...)
			if shape != split {
				same(t, grows.name, a, want[grows.name])
				return
			}
			rejected(grows.name, a)
		})
	}
}

// The data of a large event outlives the crash of its function: the letter says where
// it is, and its event can be sent again.
func TestLargeEventOfACrashIsSentAgain(t *testing.T) {
	t.Parallel()
	for place, uri := range map[string]string{"table": "dynamodb:", "bucket": "s3://"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: vertex, parameters: map[string]string{"LargeData": place}})
			const padding = 2 << 20
			location := d.accepted(t, "/fault", order("k", "hold")+strings.Repeat(" ", padding))
			wait.Receive(t, "the event at step act", s.arrived)
			d.Kill(actor(vertex, "fault"))
			call(t, http.MethodGet, d.url+location, "", "Prefer", "wait=10").is(t, http.StatusInternalServerError)
			wait.Eventually(t, "the dead letter", func() bool { return d.Depth("DeadLetters") == 1 })
			id := strings.TrimPrefix(location, "/requests/")
			if out, text, code := ends(t, d.operator(), "deadletter", "show", id); code != 0 || !strings.Contains(out, "kept beside the event at "+uri) {
				t.Errorf("%d %s %s", code, out, text)
			}
			if out, text, code := ends(t, d.operator(), "deadletter", "show", id, "--data", "-"); code == 0 || out != "" || !strings.Contains(text, uri) {
				t.Errorf("%d %s %s", code, out, text)
			}
			close(s.open)
			if out, text, code := ends(t, d.operator(), "deadletter", "redrive", id); code != 0 || !strings.Contains(out, "1 sent, 0 failed") {
				t.Errorf("%d %s %s", code, out, text)
			}
			if err := d.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.ran("k", "act") != 2 || s.ran("k", "after") != 1 || d.Depth("DeadLetters") != 0 || d.Objects("Bodies") != 0 {
				t.Errorf("act ran %d times, after %d; %d letters, %d objects", s.ran("k", "act"), s.ran("k", "after"), d.Depth("DeadLetters"), d.Objects("Bodies"))
			}
		})
	}
}
