package adapter_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

// shelf is a store that does not notify: it is polled.
type shelf struct {
	reply.Store

	registered, looks atomic.Int32
	blind             atomic.Bool // a look finds nothing
}

func newShelf() *shelf { return &shelf{Store: memory.New(memory.Options{})} }

func (s *shelf) Register(ctx context.Context, r reply.Request) error {
	s.registered.Add(1)
	return s.Store.Register(ctx, r)
}

func (s *shelf) Scan(ctx context.Context, l reply.ScanQuery) (reply.ScanResult, error) {
	s.looks.Add(1)
	found := reply.ScanResult{Units: 0.5}
	if s.blind.Load() {
		return found, nil
	}
	replies, err := s.Collect(ctx, l.Box, l.Oldest)
	for _, r := range replies {
		found.Replies = append(found.Replies, reply.Arrival{Reply: r, Written: time.Now()})
	}
	return found, err
}

func (s *shelf) Get(ctx context.Context, id reply.ID, _ bool) (reply.GetResult, error) {
	s.looks.Add(1)
	if s.blind.Load() {
		return reply.GetResult{Units: 0.5}, reply.ErrUnknown
	}
	rec, err := s.Lookup(ctx, id)
	return reply.GetResult{Record: rec, Units: 0.5}, err
}

// away is a carrier whose events another process works on: their replies come
// to the store.
type away struct {
	t     *testing.T
	store reply.Store
	takes time.Duration // until the reply is there; 0: it never comes
	hand  time.Duration // until the event is handed over
	fails error         // why it cannot be
	sent  atomic.Int32
}

func (w *away) Carry(ctx context.Context, in event.Event, _ func(reply.Progress)) (carrier.Result, error) {
	if w.hand > 0 {
		select {
		case <-time.After(w.hand):
		case <-ctx.Done():
			return carrier.Result{}, ctx.Err()
		}
	}
	if w.fails != nil {
		return carrier.Result{}, w.fails
	}
	w.sent.Add(1)
	if w.takes > 0 {
		time.AfterFunc(w.takes, func() { w.complete(in) })
	}
	return carrier.Result{Accepted: true}, nil
}

// complete does what a vertex does: it knows only what is in the event.
func (w *away) complete(in event.Event) {
	id, err := reply.ParseID(in.ID())
	if err != nil {
		w.t.Error(err)
		return
	}
	functions.SetStatus(&in, http.StatusCreated)
	r := reply.Request{ID: id, Deadline: time.Now(), Expires: time.Now().Add(time.Hour)}
	if err := w.store.Complete(context.WithoutCancel(w.t.Context()), reply.Reply{Request: r, Event: in}); err != nil &&
		!errors.Is(err, reply.ErrCompleted) && !errors.Is(err, reply.ErrCancelled) {
		w.t.Error(err)
	}
}

// polling is an adapter over a shelf, without sockets, so that its time can be
// simulated.
func polling(t *testing.T, cfg adapter.Config, served ...adapter.Served) *adapter.Adapter {
	t.Helper()
	cfg.Logger = slog.New(slog.DiscardHandler)
	a, err := adapter.New(cfg, served...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func ask(t *testing.T, a *adapter.Adapter, method, path string, headers ...string) (*httptest.ResponseRecorder, time.Duration) {
	t.Helper()
	return askContext(t.Context(), a, method, path, headers...)
}

func askContext(ctx context.Context, a *adapter.Adapter, method, path string, headers ...string) (*httptest.ResponseRecorder, time.Duration) {
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader("ping"))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	start := time.Now()
	a.ServeHTTP(w, r)
	return w, time.Since(start)
}

func served(c adapter.Carrier) adapter.Served {
	return adapter.Served{Chain: chain("far", echo), Carrier: c}
}

// most is how late a look may come in these tests.
const most = time.Second

func TestPlainCallIsAnsweredFromAStoreThatIsPolled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		w := &away{t: t, store: store, takes: 700 * time.Millisecond}
		a := polling(t, adapter.Config{Store: store}, served(w))
		got, took := ask(t, a, http.MethodPost, "/far")
		if got.Code != http.StatusCreated || got.Body.String() != "ping" {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
		if took < w.takes || took > w.takes+most || store.registered.Load() != 0 {
			t.Errorf("took %s, %d registrations", took, store.registered.Load())
		}
		looks := store.looks.Load()
		time.Sleep(time.Minute)
		if more := store.looks.Load() - looks; more != 0 || looks == 0 {
			t.Errorf("%d looks, and %d when nobody waited", looks, more)
		}
	})
}

func TestOverdueCallIsRegisteredAndItsReplyFetched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		w := &away{t: t, store: store, takes: 5 * time.Second}
		a := polling(t, adapter.Config{Store: store, MaxWait: 2 * time.Second}, served(w))
		got, took := ask(t, a, http.MethodPost, "/far")
		if got.Code != http.StatusGatewayTimeout || took > 2*time.Second || got.Header().Get("Location") == "" {
			t.Fatalf("got %d after %s, %v", got.Code, took, got.Header())
		}
		location := got.Header().Get("Location")
		if got, _ = ask(t, a, http.MethodGet, location); got.Code != http.StatusAccepted {
			t.Errorf("while it runs: %d %s", got.Code, got.Body)
		}
		if got, took = ask(t, a, http.MethodGet, location, "Prefer", "wait=60"); got.Code != http.StatusAccepted || took > 2*time.Second {
			t.Errorf("waited for: %d after %s, held longer than the platform allows", got.Code, took)
		}
		got, took = ask(t, a, http.MethodGet, location, "Prefer", "wait=60")
		if got.Code != http.StatusCreated || got.Body.String() != "ping" || took > time.Second+most {
			t.Errorf("waited for: %d %s after %s", got.Code, got.Body, took)
		}
	})
}

func TestReplyBetweenTheLastLookAndTheRegistrationIsTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		store.blind.Store(true)
		w := &away{t: t, store: store, takes: time.Second}
		a := polling(t, adapter.Config{Store: store, MaxWait: 2 * time.Second}, served(w))
		if got, _ := ask(t, a, http.MethodPost, "/far"); got.Code != http.StatusCreated {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	})
}

func TestDeadlineOfTheRequestsContextBoundsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		a := polling(t, adapter.Config{Store: store, MaxWait: 8 * time.Second}, served(&away{t: t, store: store}))
		for _, headers := range [][]string{nil, {"Prefer", "wait=5"}, {"Idempotency-Key", "k"}} {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			got, took := askContext(ctx, a, http.MethodPost, "/far", headers...)
			want := http.StatusGatewayTimeout
			if len(headers) > 0 && headers[0] == "Prefer" {
				want = http.StatusAccepted
			}
			if got.Code != want || ctx.Err() != nil || took < 2*time.Second || got.Header().Get("Location") == "" {
				t.Errorf("%v: got %d after %s", headers, got.Code, took)
			}
			location := got.Header().Get("Location")
			if got, _ := askContext(ctx, a, http.MethodGet, location, "Prefer", "wait=9"); got.Code != http.StatusAccepted || ctx.Err() != nil {
				t.Errorf("%v: fetch got %d", headers, got.Code)
			}
			cancel()
		}
	})
}

func TestStreamEndsBeforeThePlatformEndsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		w := &away{t: t, store: store, takes: 3 * time.Second}
		a := polling(t, adapter.Config{Store: store, MaxWait: 2 * time.Second, Heartbeat: time.Second}, served(w))
		got, _ := ask(t, a, http.MethodPost, "/far", "Prefer", "respond-async")
		location := got.Header().Get("Location")
		got, took := ask(t, a, http.MethodGet, location, "Accept", "text/event-stream")
		if body := got.Body.String(); took > 2*time.Second || strings.Contains(body, "event: reply") || !strings.Contains(body, ": connect again") {
			t.Errorf("after %s: %s", took, body)
		}
		got, took = ask(t, a, http.MethodGet, location, "Accept", "text/event-stream", "Last-Event-ID", "1")
		if body := got.Body.String(); took > time.Second+most || !strings.Contains(body, "event: reply") {
			t.Errorf("after %s: %s", took, body)
		}
	})
}

func TestKeyJoinsTheCallOfAnAdapterThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		w := &away{t: t, store: store, takes: 4 * time.Second}
		first := polling(t, adapter.Config{Store: store, MaxWait: time.Second}, served(w))
		second := polling(t, adapter.Config{Store: store}, served(w))
		got, _ := ask(t, first, http.MethodPost, "/far", "Idempotency-Key", "k")
		if got.Code != http.StatusGatewayTimeout {
			t.Fatalf("got %d", got.Code)
		}
		first.Close()
		got, took := ask(t, second, http.MethodPost, "/far", "Idempotency-Key", "k")
		if got.Code != http.StatusCreated || got.Header().Get("Idempotency-Replayed") != "true" || took > 3*time.Second+most || w.sent.Load() != 1 {
			t.Errorf("got %d after %s; the chain ran %d times", got.Code, took, w.sent.Load())
		}
	})
}

func TestFrozenProcessHandsOverBeforeItAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		w := &away{t: t, store: store, takes: time.Second, hand: 300 * time.Millisecond}
		a := polling(t, adapter.Config{Store: store, FreezesAfterResponse: true, MaxWait: 5 * time.Second}, served(w))
		got, took := ask(t, a, http.MethodPost, "/far", "Prefer", "respond-async")
		if got.Code != http.StatusAccepted || took != w.hand || w.sent.Load() != 1 {
			t.Errorf("got %d after %s; %d events handed over", got.Code, took, w.sent.Load())
		}
		if looks := store.looks.Load(); looks != 0 {
			t.Errorf("%d looks for a reply that nobody waits for", looks)
		}
		time.Sleep(2 * time.Second)
		if got, _ := ask(t, a, http.MethodGet, got.Header().Get("Location")); got.Code != http.StatusCreated {
			t.Errorf("fetched %d %s", got.Code, got.Body)
		}
	})
}

func TestEventThatCannotBeHandedOverIsNotAccepted(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*away{
		"refused":   {fails: functions.Errorf(http.StatusRequestEntityTooLarge, "the event is too large")},
		"throttled": {hand: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newShelf()
				w.t, w.store = t, store
				a := polling(t, adapter.Config{Store: store, FreezesAfterResponse: true, MaxWait: 2 * time.Second}, served(w))
				got, took := ask(t, a, http.MethodPost, "/far", "Prefer", "respond-async")
				want := http.StatusRequestEntityTooLarge
				if w.fails == nil {
					want = http.StatusGatewayTimeout
				}
				if got.Code != want || took > 2*time.Second {
					t.Errorf("got %d after %s: %s", got.Code, took, got.Body)
				}
			})
		})
	}
}

func TestFrozenProcessRunsOnlyWhatEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		other := &away{t: t, store: store, takes: 20 * time.Second}
		here := carrierFunc(func(ctx context.Context, in event.Event) (carrier.Result, error) {
			if string(in.DataEncoded) == "" {
				return carrier.Result{Event: &in}, nil
			}
			<-ctx.Done()
			return carrier.Result{}, ctx.Err()
		})
		a := polling(t, adapter.Config{Store: store, FreezesAfterResponse: true, MaxWait: 2 * time.Second},
			adapter.Served{Chain: chain("far", echo), Carrier: here, Async: other})
		for _, headers := range [][]string{nil, {"Idempotency-Key", "k"}} {
			got, took := ask(t, a, http.MethodPost, "/far", headers...)
			if got.Code != http.StatusGatewayTimeout || took >= 2*time.Second || other.sent.Load() != 0 {
				t.Errorf("%v: got %d after %s, %s", headers, got.Code, took, got.Body)
			}
			if location := got.Header().Get("Location"); location != "" {
				t.Errorf("%v: sent to %s for a reply that will not come", headers, location)
			}
			synctest.Wait() // nothing may go on behind the answer
		}
		for _, headers := range [][]string{{"Prefer", "respond-async"}, {"Prefer", "wait=1"}, {"Prefer", "respond-async", "Idempotency-Key", "k2"}} {
			before := other.sent.Load()
			got, _ := ask(t, a, http.MethodPost, "/far", headers...)
			if got.Code != http.StatusAccepted || other.sent.Load() != before+1 {
				t.Errorf("%v: got %d", headers, got.Code)
			}
		}
	})
}

type carrierFunc func(context.Context, event.Event) (carrier.Result, error)

func (f carrierFunc) Carry(ctx context.Context, in event.Event, _ func(reply.Progress)) (carrier.Result, error) {
	return f(ctx, in)
}

func TestBatchOverAStoreThatIsPolled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		w := &away{t: t, store: store, takes: time.Second}
		a := polling(t, adapter.Config{Store: store}, served(w))
		body := `[{"specversion":"1.0","id":"1","source":"/s","type":"homing.far","data":1},` +
			`{"specversion":"1.0","id":"2","source":"/s","type":"homing.far","data":2}]`
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/events", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/cloudevents-batch+json")
		got := httptest.NewRecorder()
		a.ServeHTTP(got, r)
		var replies []map[string]any
		if err := json.Unmarshal(got.Body.Bytes(), &replies); err != nil || len(replies) != 2 || store.registered.Load() != 0 {
			t.Errorf("%d %s, %d registrations, %v", got.Code, got.Body, store.registered.Load(), err)
		}
	})
}

func TestStoreThatCanNeitherTellNorBeLookedAtIsRefused(t *testing.T) {
	t.Parallel()
	mute := struct{ reply.Store }{memory.New(memory.Options{})}
	if a, err := adapter.New(adapter.Config{Store: mute}, served(&away{})); err == nil || a != nil {
		t.Errorf("got %v, %v", a, err)
	}
}
