package fmea_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// sent is one server-sent event, or a comment.
type sent struct{ id, name, data, comment string }

// watcher reads a stream of server-sent events.
type watcher struct {
	t     *testing.T
	resp  *http.Response
	lines *bufio.Scanner
}

func (s *server) watch(where, last string) *watcher {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), wait.Patience)
	s.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+where, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := s.client.Do(req)
	for err == nil && resp.StatusCode == http.StatusServiceUnavailable { // as insist does
		resp.Body.Close()
		if err = pause(ctx, 100*time.Millisecond); err == nil {
			resp, err = s.client.Do(req)
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 64<<20)
	return &watcher{s.t, resp, lines}
}

// next returns the next event or comment; false at the end of the stream.
func (w *watcher) next() (sent, bool) {
	w.t.Helper()
	var e sent
	for w.lines.Scan() {
		line := w.lines.Text()
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && e != sent{}:
			return e, true
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "data":
			e.data = value
		case strings.HasPrefix(line, ": "):
			e.comment = line
		}
	}
	if err := w.lines.Err(); err != nil {
		w.t.Errorf("the stream was cut: %v", err)
	}
	return sent{}, false
}

// rest returns all events up to the end of the stream, without comments.
func (w *watcher) rest() []sent {
	w.t.Helper()
	var out []sent
	for e, ok := w.next(); ok; e, ok = w.next() {
		if e.comment == "" {
			out = append(out, e)
		}
	}
	return out
}

// story is the events of a stream as "id name step state".
func story(events []sent) []string {
	out := make([]string, 0, len(events))
	for _, e := range events {
		var p reply.Progress
		if e.name == "progress" {
			_ = json.Unmarshal([]byte(e.data), &p) // a bad one shows as an empty step
		}
		out = append(out, strings.TrimSpace(fmt.Sprint(e.id, " ", e.name, " ", p.Step, " ", p.State)))
	}
	return out
}

var wholeStory = []string{
	"1 accepted",
	"2 progress one started", "3 progress one finished",
	"4 progress two started", "5 progress two finished",
	"6 progress three started", "7 progress three finished",
	"8 reply",
}

// threeSteps sends an async call of a chain whose second step is gated.
func threeSteps(t *testing.T, cfg adapter.Config) (s *server, g gate, where string) {
	t.Helper()
	g = newGate()
	s = serve(t, setup{cfg: cfg}, chain("work", echo, g.obedient, echo))
	where = s.do("POST", "/work", "x", "Prefer", "respond-async").header.Get("Location")
	wait.Receive(t, "the start of the gated step", g.started)
	return s, g, where
}

func TestStreamHasEveryStepInOrderAndTheReplyLast(t *testing.T) {
	t.Parallel()
	s, g, where := threeSteps(t, adapter.Config{})
	watchers := []*watcher{s.watch(where, ""), s.watch(where, "")} // both see all
	for _, w := range watchers {
		var seen []sent
		for len(seen) < 4 {
			e, ok := w.next()
			if !ok {
				t.Fatal("the stream ended while the chain ran")
			}
			seen = append(seen, e)
		}
		if !slices.Equal(story(seen), wholeStory[:4]) {
			t.Errorf("while it runs: %q", story(seen))
		}
	}
	close(g.open)
	for _, w := range watchers {
		rest := w.rest()
		if !slices.Equal(story(rest), wholeStory[4:]) {
			t.Fatalf("then: %q", story(rest))
		}
		var ev event.Event
		if err := json.Unmarshal([]byte(rest[len(rest)-1].data), &ev); err != nil || string(ev.Data()) != "x" {
			t.Errorf("reply %s: %v", rest[len(rest)-1].data, err)
		}
	}
}

func TestStreamResumesBehindEveryEvent(t *testing.T) {
	t.Parallel()
	s, g, where := threeSteps(t, adapter.Config{})
	resume := func(last int) *watcher { return s.watch(where, strconv.Itoa(last)) }
	running := make([]*watcher, 0, len(wholeStory))
	for last := range wholeStory {
		running = append(running, resume(last))
	}
	wait.Eventually(t, "all watch", func() bool { return s.waiting() == len(running) })
	close(g.open)
	for last, w := range running {
		if got := story(w.rest()); !slices.Equal(got, wholeStory[last:]) {
			t.Errorf("behind %d, while it ran: %q", last, got)
		}
		if got := story(resume(last).rest()); !slices.Equal(got, wholeStory[last:]) {
			t.Errorf("behind %d, after the end: %q", last, got)
		}
	}
	for _, last := range []int{len(wholeStory), 99} {
		if w := resume(last); w.resp.StatusCode != 204 {
			t.Errorf("behind %d: %d; an EventSource would come back for ever", last, w.resp.StatusCode)
		}
	}
	for _, nonsense := range []string{"-1", "x", "1.5"} {
		if w := s.watch(where, nonsense); w.resp.StatusCode != 400 {
			t.Errorf("Last-Event-ID %s: %d", nonsense, w.resp.StatusCode)
		}
	}
}

// A client whose connection broke before it had the cancellation must get it when
// it comes back, and must then be sent away.
func TestStreamOfACancelledRequest(t *testing.T) {
	t.Parallel()
	s, _, where := threeSteps(t, adapter.Config{})
	w := s.watch(where, "")
	wait.Eventually(t, "it watches", func() bool { return s.waiting() == 1 })
	s.do("DELETE", where, "").is(t, 204, "")
	events := w.rest()
	last := events[len(events)-1]
	if last.name != "problem" || !strings.Contains(last.data, "cancelled") {
		t.Fatalf("the last event is %+v", last)
	}
	for missed := range len(events) - 1 { // the client has had events up to this one
		again := s.watch(where, events[missed].id).rest()
		if len(again) != 1 || again[0].name != "problem" || again[0].id != last.id {
			t.Errorf("behind event %s: %+v", events[missed].id, again)
		}
	}
	if w := s.watch(where, last.id); w.resp.StatusCode != 204 {
		t.Errorf("behind the last event: %d; an EventSource would come back for ever", w.resp.StatusCode)
	}
}

func TestStreamOfASilentChainBeats(t *testing.T) {
	t.Parallel()
	s, g, where := threeSteps(t, adapter.Config{Heartbeat: 20 * time.Millisecond})
	w := s.watch(where, "")
	for beats := 0; beats < 3; {
		e, ok := w.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		if strings.Contains(e.comment, "heartbeat") {
			beats++
		}
	}
	close(g.open)
	if events := w.rest(); len(events) == 0 || events[len(events)-1].name != "reply" {
		t.Errorf("%q", story(events))
	}
}

func TestStreamWhoseClientHangsUpIsForgotten(t *testing.T) {
	t.Parallel()
	s, g, where := threeSteps(t, adapter.Config{})
	w := s.watch(where, "")
	wait.Eventually(t, "it watches", func() bool { return s.waiting() == 1 })
	w.resp.Body.Close()
	wait.Eventually(t, "it is forgotten", func() bool { return s.waiting() == 0 })
	close(g.open)
	if err := wait.Receive(t, "the end of the function", g.ended); err != nil {
		t.Errorf("the watcher's end has stopped the work: %v", err)
	}
}

func TestStreamOfAFailedChainEndsWithItsProblem(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, chain("work", echo, fails(409)))
	where := s.do("POST", "/work", "x", "Prefer", "respond-async").header.Get("Location")
	wait.Eventually(t, "it has ended", func() bool { return s.inFlight() == 0 })
	events := s.watch(where, "").rest()
	want := []string{
		"1 accepted", "2 progress one started", "3 progress one finished",
		"4 progress two started", "5 progress two failed", "6 reply",
	}
	if !slices.Equal(story(events), want) || !strings.Contains(events[len(events)-1].data, `"status":409`) {
		t.Errorf("%q", events)
	}
}
