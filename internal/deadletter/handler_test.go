package deadletter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/deadletter"
)

var errDown = errors.New("down")

// queue is a queue that can be down.
type queue struct {
	mu     sync.Mutex
	down   bool
	bodies []string
}

func (q *queue) Put(_ context.Context, body string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down {
		return fmt.Errorf("send a message to letters: %w", errDown)
	}
	if err := sqsTakes(body); err != nil {
		return err
	}
	q.bodies = append(q.bodies, body)
	return nil
}

// store is a store that can be down, and checks that letters are kept first.
type store struct {
	reply.Store

	queue *queue
	down  error
	early bool
}

func (s *store) Complete(ctx context.Context, r reply.Reply) error {
	s.queue.mu.Lock()
	s.early = s.early || len(s.queue.bodies) == 0
	s.queue.mu.Unlock()
	if s.down != nil {
		return s.down
	}
	return s.Store.Complete(ctx, r)
}

func newHandler(log *bytes.Buffer) (*deadletter.Handler, *queue, *store) {
	q := &queue{}
	s := &store{Store: memory.New(memory.Options{}), queue: q}
	return deadletter.New(deadletter.Options{
		Queue: q, Store: s, Retention: time.Hour,
		Logger: slog.New(slog.NewJSONHandler(log, nil)),
	}), q, s
}

func TestDeadRequestIsKeptAndThenAnswered(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h, q, s := newHandler(&log)
	id, deadline := newID(), time.Now().Add(time.Minute).UTC()
	payload := record{event: eventOf(id, deadline, `"s3cret"`), response: `{"errorType":"Sandbox.Timedout","stackTrace":["s3cret"]}`}.json(t)
	if err := h.Handle(t.Context(), payload); err != nil {
		t.Fatal(err)
	}
	if len(q.bodies) != 1 || s.early {
		t.Errorf("%d letters; the reply was early: %v", len(q.bodies), s.early)
	}
	got, err := s.Lookup(t.Context(), id)
	if err != nil || got.State != reply.Completed || !got.Expires.Equal(deadline.Add(time.Hour)) || got.Chain != "quote" {
		t.Fatalf("got %+v, %v", got, err)
	}
	ev := got.Reply.Event
	var p functions.Problem
	if err := json.Unmarshal(ev.Data(), &p); err != nil || ev.DataContentType() != functions.ProblemContentType {
		t.Fatal(err, ev)
	}
	if status, _ := functions.Status(ev); status != 504 || p.Status != 504 || p.Title != "Step timed out" ||
		p.Step != "price" || p.Attempt != 3 || p.RequestID != id.String() {
		t.Errorf("status %d, problem %+v", status, p)
	}
	if err := ev.Validate(); err != nil || ev.Type() != "homing.quote.reply" || ev.Source() != "/chains/quote" {
		t.Errorf("%v in %v", err, ev)
	}
	for _, text := range []string{string(ev.Data()), log.String()} {
		if strings.Contains(text, "s3cret") || !strings.Contains(text, id.String()) {
			t.Errorf("got %s", text)
		}
	}
}

func TestSameRecordTwiceIsOneReply(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h, q, s := newHandler(&log)
	id := newID()
	payload := record{event: eventOf(id, time.Now().Add(time.Minute), `1`), status: -1, condition: "EventAgeExceeded"}.json(t)
	for range 2 {
		if err := h.Handle(t.Context(), payload); err != nil {
			t.Fatal(err)
		}
	}
	first, second := open(t, q.bodies[0]), open(t, q.bodies[1])
	if len(q.bodies) != 2 || first.Invocation == "" || first.Invocation != second.Invocation {
		t.Errorf("letters %q", q.bodies)
	}
	if got, err := s.Lookup(t.Context(), id); err != nil || got.State != reply.Completed {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReplyThatIsNotWantedIsNoError(t *testing.T) {
	t.Parallel()
	for _, answer := range []error{reply.ErrCompleted, reply.ErrCancelled, reply.ErrExpired, reply.ErrSuperseded} {
		var log bytes.Buffer
		h, q, s := newHandler(&log)
		s.down = answer
		payload := record{event: eventOf(newID(), time.Now(), `1`), status: -1}.json(t)
		if err := h.Handle(t.Context(), payload); err != nil || len(q.bodies) != 1 {
			t.Errorf("%v: got %v and %d letters", answer, err, len(q.bodies))
		}
		if !strings.Contains(log.String(), answer.Error()) {
			t.Errorf("%v: log %s", answer, log.String())
		}
	}
}

func TestPayloadThatIsNoneOfOursIsKeptAndLogged(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string][]byte{
		"record of another event": record{event: json.RawMessage(`{"orders":[]}`), response: `{"errorType":"Sandbox.Timedout"}`}.json(t),
		"bare JSON":               []byte(`{"hello":"world"}`),
		"no JSON":                 []byte("hello"),
		"nothing":                 nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			h, q, s := newHandler(&log)
			s.down = errDown // must not be asked
			if err := h.Handle(t.Context(), payload); err != nil || len(q.bodies) != 1 || !strings.Contains(log.String(), "ERROR") {
				t.Errorf("got %v, letters %q, log %s", err, q.bodies, log.String())
			}
		})
	}
}

func TestRecordComesAgainIfItCouldNotBeKeptOrAnswered(t *testing.T) {
	t.Parallel()
	payload := record{event: eventOf(newID(), time.Now().Add(time.Minute), `1`), status: -1}.json(t)
	var log bytes.Buffer
	h, q, s := newHandler(&log)
	q.down = true
	if err := h.Handle(t.Context(), payload); !errors.Is(err, errDown) || !strings.Contains(err.Error(), "letters") {
		t.Errorf("queue is down: got %v", err)
	}
	if s.early {
		t.Error("answered a request whose event is not kept")
	}
	q.down, s.down = false, errDown
	if err := h.Handle(t.Context(), payload); !errors.Is(err, errDown) || len(q.bodies) != 1 {
		t.Errorf("store is down: got %v and %d letters", err, len(q.bodies))
	}
	s.down = nil
	if err := h.Handle(t.Context(), payload); err != nil || len(q.bodies) != 2 {
		t.Errorf("all is up: got %v and %d letters", err, len(q.bodies))
	}
}

func TestHandlerIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	q := &queue{}
	s := memory.New(memory.Options{})
	h := deadletter.New(deadletter.Options{Queue: q, Store: s}) // with its defaults
	const requests, copies = 20, 3
	var running sync.WaitGroup
	ids := make([]reply.ID, requests)
	for i := range ids {
		ids[i] = newID()
		payload := record{event: eventOf(ids[i], time.Now().Add(time.Minute), `1`), status: -1}.json(t)
		for range copies {
			running.Go(func() {
				if err := h.Handle(t.Context(), payload); err != nil {
					t.Error(err)
				}
			})
		}
	}
	running.Wait()
	if len(q.bodies) != requests*copies {
		t.Errorf("%d letters", len(q.bodies))
	}
	for _, id := range ids {
		if got, err := s.Lookup(t.Context(), id); err != nil || got.State != reply.Completed {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}
