package adapter_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

// stoppable is a store that can stop to answer, as one whose process is stopped:
// then every call ends with its context.
type stoppable struct {
	*memory.Store

	stopped       atomic.Bool
	subscriptions atomic.Int32
}

func (s *stoppable) wait(ctx context.Context) error {
	if s.stopped.Load() {
		<-ctx.Done()
	}
	return ctx.Err()
}

func (s *stoppable) Register(ctx context.Context, r reply.Request) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Store.Register(ctx, r)
}

func (s *stoppable) Complete(ctx context.Context, r reply.Reply) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Store.Complete(ctx, r)
}

func (s *stoppable) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	if err := s.wait(ctx); err != nil {
		return reply.Record{}, err
	}
	return s.Store.Lookup(ctx, id)
}

func (s *stoppable) Cancel(ctx context.Context, id reply.ID) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Store.Cancel(ctx, id)
}

func (s *stoppable) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	holder, err := s.Store.Claim(ctx, c) // comes through, and the answer is lost
	if err := s.wait(ctx); err != nil {
		return reply.ID{}, err
	}
	return holder, err
}

func (s *stoppable) Release(ctx context.Context, key string, owner reply.ID) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Store.Release(ctx, key, owner)
}

func (s *stoppable) Notify(box reply.Mailbox, arrived func(reply.Reply)) (stop func()) {
	s.subscriptions.Add(1)
	end := s.Store.Notify(box, arrived)
	return func() {
		s.subscriptions.Add(-1)
		end()
	}
}

func newStoppable() *stoppable { return &stoppable{Store: memory.New(memory.Options{})} }

// over returns an adapter of one chain whose steps run in another process, over
// a store that notifies.
func over(t *testing.T, store reply.Store) *adapter.Adapter {
	t.Helper()
	c := chain("far", echo)
	c.Timeout = 8 * time.Second
	a, err := adapter.New(adapter.Config{Store: store, SharedStore: true, Mailbox: box, ReplyKeys: reply.RandomKeys(), Logger: slog.New(slog.DiscardHandler)},
		adapter.Served{Chain: c, Carrier: carrierFunc(accept)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// How much longer than what he asked for a caller waits for a store that does
// not answer.
const patience = 2 * time.Second

func TestStoreThatDoesNotAnswerIsNotWaitedForLongerThanAsked(t *testing.T) {
	t.Parallel()
	id := "01890a5d-ac96-774b-bcce-b302099a8057"
	for name, tt := range map[string]struct {
		method, path string
		headers      []string
		asked        time.Duration
	}{
		"async":        {http.MethodPost, "/far", []string{"Prefer", "respond-async"}, 0},
		"keyed":        {http.MethodPost, "/far", []string{"Idempotency-Key", "k"}, 0},
		"keyed, async": {http.MethodPost, "/far", []string{"Idempotency-Key", "k", "Prefer", "respond-async"}, 0},
		"wait":         {http.MethodPost, "/far", []string{"Prefer", "wait=3"}, 3 * time.Second},
		"fetch":        {http.MethodGet, "/requests/" + id, nil, 0},
		"long poll":    {http.MethodGet, "/requests/" + id, []string{"Prefer", "wait=3"}, 3 * time.Second},
		"stream":       {http.MethodGet, "/requests/" + id, []string{"Accept", "text/event-stream"}, 0},
		"cancel":       {http.MethodDelete, "/requests/" + id, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newStoppable()
				a := over(t, store)
				store.stopped.Store(true)
				got, took := ask(t, a, tt.method, tt.path, tt.headers...)
				if got.Code != http.StatusServiceUnavailable || took > tt.asked+patience || got.Header().Get("Retry-After") == "" {
					t.Errorf("got %d after %s, %s", got.Code, took, got.Body)
				}
				store.stopped.Store(false)
				time.Sleep(time.Minute) // what still tries has ended
			})
		})
	}
}

// The server closed their connections, after half a second, without an answer.
func TestDrainAnswersWhoWaitsForAStoreThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	id := "01890a5d-ac96-774b-bcce-b302099a8057"
	for name, tt := range map[string]struct {
		method, path string
		headers      []string
	}{
		"async":     {http.MethodPost, "/far", []string{"Prefer", "respond-async"}},
		"keyed":     {http.MethodPost, "/far", []string{"Idempotency-Key", "k"}},
		"fetch":     {http.MethodGet, "/requests/" + id, nil},
		"long poll": {http.MethodGet, "/requests/" + id, []string{"Prefer", "wait=3"}},
		"stream":    {http.MethodGet, "/requests/" + id, []string{"Accept", "text/event-stream"}},
		"cancel":    {http.MethodDelete, "/requests/" + id, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newStoppable()
				a := over(t, store)
				store.stopped.Store(true)
				answered := make(chan struct{})
				go func() {
					defer close(answered)
					got, took := ask(t, a, tt.method, tt.path, tt.headers...)
					if got.Code != http.StatusServiceUnavailable || took > time.Second || got.Header().Get("Retry-After") == "" {
						t.Errorf("got %d after %s, %s", got.Code, took, got.Body)
					}
				}()
				synctest.Wait()
				for _, patience := range []time.Duration{500 * time.Millisecond, 0} { // asked for twice, as several may
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					if err := a.Drain(ctx); err == nil && patience > 0 {
						t.Error("it is clean")
					}
					cancel()
				}
				synctest.Wait() // the answer is out, and who asked may not have run yet; no time passes
				select {
				case <-answered:
				default:
					t.Error("nobody has answered")
				}
				<-answered
				store.stopped.Store(false)
				time.Sleep(time.Minute) // what still tries has ended
			})
		})
	}
}

// Each call of it was waited for as long as one alone may take.
func TestStoreThatIsSlowIsNotWaitedForLongerThanAsked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method  string
		headers []string
		asked   time.Duration
	}{
		"fetch":     {http.MethodGet, nil, 0},
		"long poll": {http.MethodGet, []string{"Prefer", "wait=1"}, time.Second},
		"stream":    {http.MethodGet, []string{"Accept", "text/event-stream"}, 0},
		"cancel":    {http.MethodDelete, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &slow{stoppable: newStoppable()}
				a := over(t, store)
				pending, _ := ask(t, a, http.MethodPost, "/far", "Prefer", "respond-async")
				store.by.Store(int64(1400 * time.Millisecond))
				got, took := ask(t, a, tt.method, pending.Header().Get("Location"), tt.headers...)
				if got.Code >= http.StatusInternalServerError && got.Code != http.StatusServiceUnavailable || took > tt.asked+patience+storeSettles {
					t.Errorf("got %d after %s, %s", got.Code, took, got.Body)
				}
			})
		})
	}
}

// storeSettles is for how long an answer on its way is waited for.
const storeSettles = 300 * time.Millisecond

// slow is a store that takes its time for every answer.
type slow struct {
	*stoppable

	by atomic.Int64
}

func (s *slow) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	if err := pause(ctx, time.Duration(s.by.Load())); err != nil {
		return reply.Record{}, err
	}
	return s.stoppable.Lookup(ctx, id)
}

func (s *slow) Cancel(ctx context.Context, id reply.ID) error {
	if err := pause(ctx, time.Duration(s.by.Load())); err != nil {
		return err
	}
	return s.stoppable.Cancel(ctx, id)
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, by time.Duration) error {
	select {
	case <-time.After(by):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestPlainCallOverAStoreThatDoesNotAnswerEndsByItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStoppable()
		a := over(t, store)
		store.stopped.Store(true)
		got, took := ask(t, a, http.MethodPost, "/far")
		if got.Code != http.StatusServiceUnavailable || took > 8*time.Second {
			t.Errorf("got %d after %s, %s", got.Code, took, got.Body)
		}
	})
}

func TestReadinessFollowsAStoreThatPlainCallsNeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStoppable()
		a := over(t, store)
		ready := func() int {
			got, _ := ask(t, a, http.MethodGet, "/health/readiness")
			return got.Code
		}
		if got := ready(); got != http.StatusOK {
			t.Errorf("got %d before", got)
		}
		store.stopped.Store(true)
		ask(t, a, http.MethodPost, "/far", "Prefer", "respond-async")
		if got := ready(); got != http.StatusServiceUnavailable {
			t.Errorf("got %d while the store is silent", got)
		}
		store.stopped.Store(false)
		if got := ready(); got != http.StatusOK {
			t.Errorf("got %d afterwards", got)
		}
	})
}

// The store may have taken a claim whose answer nobody got. The key must not
// belong to a call that never runs.
func TestKeyIsFreeAgainWhenTheStoreHasNotAnsweredItsClaim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStoppable()
		a := inlineOver(t, store)
		store.stopped.Store(true)
		ask(t, a, http.MethodPost, "/far", "Idempotency-Key", "k")
		store.stopped.Store(false)
		got, _ := ask(t, a, http.MethodPost, "/far", "Idempotency-Key", "k")
		if got.Code != http.StatusOK || got.Header().Get("Idempotency-Replayed") != "" {
			t.Errorf("got %d, %s", got.Code, got.Body)
		}
		time.Sleep(time.Minute) // what still tries has ended
	})
}

// Who joins a call that has claimed its key and is not registered yet is not
// referred to a request that cannot be fetched.
func TestJoinerIsNotReferredToARequestThatIsNotRegistered(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		registered time.Duration // 0: never
		status     int
	}{"registered soon": {200 * time.Millisecond, http.StatusAccepted}, "never": {0, http.StatusServiceUnavailable}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newStoppable()
				a := over(t, store)
				// An adapter with the mailbox of another replica holds the key: it is stopped between claim and registration.
				other, err := adapter.New(adapter.Config{
					Store: &late{stoppable: store, by: tt.registered}, SharedStore: true, Mailbox: box + 1, ReplyKeys: reply.RandomKeys(),
					Logger: slog.New(slog.DiscardHandler),
				}, served(carrierFunc(accept)))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(other.Close)
				headers := []string{"Idempotency-Key", "k", "Prefer", "respond-async"}
				go ask(t, other, http.MethodPost, "/far", headers...)
				synctest.Wait()
				got, took := ask(t, a, http.MethodPost, "/far", headers...)
				if got.Code != tt.status || took > patience {
					t.Fatalf("got %d after %s, %s", got.Code, took, got.Body)
				}
				if got.Code == http.StatusAccepted {
					if there, _ := ask(t, a, http.MethodGet, got.Header().Get("Location")); there.Code != http.StatusAccepted {
						t.Errorf("the fetch got %d", there.Code)
					}
				}
				time.Sleep(time.Minute) // what still tries has ended
			})
		})
	}
}

// late is a store that registers late, or never.
type late struct {
	*stoppable

	by time.Duration
}

func (s *late) Register(ctx context.Context, r reply.Request) error {
	if s.by == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	time.Sleep(s.by)
	return s.stoppable.Register(ctx, r)
}

// inlineOver returns an adapter of one chain whose steps run in this process.
func inlineOver(t *testing.T, store reply.Store) *adapter.Adapter {
	t.Helper()
	a, err := adapter.New(adapter.Config{Store: store, Mailbox: box, Logger: slog.New(slog.DiscardHandler)},
		adapter.Served{Chain: chain("far", echo), Carrier: carrierFunc(func(_ context.Context, in event.Event) (carrier.Result, error) {
			return carrier.Result{Event: &in}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// One subscription serves all who wait for replies of one other replica.
func TestManyWaitersForAnotherReplicaShareOneSubscription(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStoppable()
		a := over(t, store)
		now := time.Now()
		id := reply.NewID(now, box+1)
		if err := store.Store.Register(t.Context(), reply.Request{ID: id, Chain: "far", Deadline: now.Add(time.Minute), Expires: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		const many = 300
		done := make(chan int, many)
		for i := range many {
			go func() {
				headers := []string{"Prefer", "wait=30"}
				if i%2 == 0 {
					headers = []string{"Accept", "text/event-stream"}
				}
				got, _ := ask(t, a, http.MethodGet, "/requests/"+id.String(), headers...)
				done <- got.Code
			}()
		}
		synctest.Wait()
		if n := store.subscriptions.Load(); n != 2 {
			t.Errorf("%d subscriptions, want one for the own mailbox and one for the other", n)
		}
		ev := event.New()
		ev.SetID("1")
		ev.SetSource("/s")
		ev.SetType("t")
		if err := store.Store.Complete(t.Context(), reply.Reply{Request: reply.Request{ID: id, Deadline: now.Add(time.Minute), Expires: now.Add(time.Hour)}, Event: ev}); err != nil {
			t.Fatal(err)
		}
		for range many {
			if code := <-done; code != http.StatusOK {
				t.Errorf("a waiter got %d", code)
			}
		}
		synctest.Wait()
		if n := store.subscriptions.Load(); n != 1 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}
