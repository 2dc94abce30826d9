package aws_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/tests/internal/wait"
)

func TestAsyncCallIsFetchedOrCancelled(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape})
			kept := d.accepted(t, "/fault", order("kept", "hold"))
			wait.Receive(t, "the first event", s.arrived)
			call(t, http.MethodGet, d.url+kept, "").is(t, http.StatusAccepted)
			gone := d.accepted(t, "/fault", order("gone", "hold"))
			wait.Receive(t, "the second event", s.arrived)
			if a := call(t, http.MethodDelete, d.url+gone, "").is(t, http.StatusNoContent); a.body != "" {
				t.Errorf("got %s", a.body)
			}
			close(s.open)
			call(t, http.MethodGet, d.url+kept, "", "Prefer", "wait=10").right(t, "kept", "hold")
			call(t, http.MethodDelete, d.url+kept, "").is(t, http.StatusConflict)
			if err := d.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			results.add("fetch of a cancelled call, "+shape, call(t, http.MethodGet, d.url+gone, "").is(t, http.StatusGone), "the late reply does not count")
			dropped := d.accepted(t, "/fault", order("dropped", "drop"))
			if a := call(t, http.MethodGet, d.url+dropped, "", "Prefer", "wait=10").is(t, http.StatusNoContent); a.body != "" {
				t.Errorf("got %s", a.body)
			}
		})
	}
}

func TestCallThatWaitsForALittle(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape})
			call(t, http.MethodPost, d.url+"/fault", order("quick", "pass"), "Prefer", "wait=10").right(t, "quick", "pass").within(t, 0, 10*second)
			a := call(t, http.MethodPost, d.url+"/fault", order("k", "hold"), "Prefer", "wait=1").is(t, http.StatusAccepted).within(t, second/2, second+slack)
			close(s.open)
			call(t, http.MethodGet, d.url+a.header.Get("Location"), "", "Prefer", "wait=10").right(t, "k", "hold")
			if n := s.ran("k", "before"); n != 1 {
				t.Errorf("the chain ran %d times", n)
			}
		})
	}
}

// token lets a caller in.
const token = "0123456789abcdef"

// streams deploys with a Function URL, which needs tokens.
func streams(t *testing.T, s *stage, shape string) *deployment {
	t.Helper()
	return faults(t, s, plan{
		shape: shape, tokens: "shop=" + token, parameters: map[string]string{"StreamUrl": "true"},
		change: func(st *template.Stack) {
			for i := range st.Functions {
				st.Functions[i].Environment["HOMING_KEEP"] = "1m"
			}
		},
	})
}

var authorized = []string{"Authorization", "Bearer " + token}

// The HTTP API buffers: all events come when the reply is there.
func TestEventStreamOverTheAPIComesAtOnce(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := streams(t, s, shape)
			location := d.accepted(t, "/fault", order("k", "hold"), authorized...)
			wait.Receive(t, "the event at step act", s.arrived)
			answered := async(t, http.MethodGet, d.url+location, "", append(authorized, "Accept", "text/event-stream")...)
			wait.Eventually(t, "the watcher", func() bool { return d.Stats("Adapter").Invocations >= 2 })
			close(s.open)
			a := wait.Receive(t, "the stream", answered).is(t, http.StatusOK)
			if !strings.Contains(a.body, `"trail":["before","act","after"]`) || a.header.Get("Content-Type") != "text/event-stream" {
				t.Errorf("got %s %s", a.header.Get("Content-Type"), a.body)
			}
			last := lastID(a.body)
			headers := append([]string{"Accept", "text/event-stream", "Last-Event-ID", last}, authorized...)
			call(t, http.MethodGet, d.url+location, "", headers...).is(t, http.StatusNoContent)
			call(t, http.MethodGet, d.url+location, "", "Authorization", "Bearer wrong").is(t, http.StatusUnauthorized)
		})
	}
}

// lastID is the id of the last event of a stream.
func lastID(stream string) (id string) {
	for line := range strings.Lines(stream) {
		if after, ok := strings.CutPrefix(line, "id:"); ok {
			id = strings.TrimSpace(after)
		}
	}
	return id
}

// A Function URL streams: the first event is there while the step is held.
func TestEventStreamOverTheFunctionURLComesAsItHappens(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := streams(t, s, shape)
			d.url = d.FunctionURL("Streaming")
			location := d.accepted(t, "/fault", order("k", "hold"), authorized...)
			wait.Receive(t, "the event at step act", s.arrived)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+location, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Accept", "text/event-stream")
			resp, err := newClient(t).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
				t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
			}
			lines := bufio.NewScanner(resp.Body)
			if !lines.Scan() { // while the step is held
				t.Fatal(lines.Err())
			}
			close(s.open)
			var rest strings.Builder
			for lines.Scan() {
				rest.WriteString(lines.Text() + "\n")
			}
			if lines.Err() != nil || !strings.Contains(rest.String(), `"trail":["before","act","after"]`) {
				t.Errorf("%v in %s", lines.Err(), rest.String())
			}
		})
	}
}
