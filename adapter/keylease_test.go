package adapter_test

import (
	"context"
	"errors"
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
	"github.com/homing-dev/homing/functions"
)

var errCut = errors.New("the connection broke")

// patient is for how long a caller with a key tries again.
const patient = 90 * time.Second

// mortal is a shared store as one process reaches it, until it is killed. Its
// single calls can be cut: before the store has them, or before the answer.
type mortal struct {
	*memory.Store

	claimed                                                 atomic.Pointer[reply.Claim] // the last one
	killed, cutRegister, cutRelease, cutComplete, cutAnswer atomic.Bool
}

func (s *mortal) alive(ctx context.Context) error {
	if s.killed.Load() {
		<-ctx.Done()
		return errCut
	}
	return ctx.Err()
}

func (s *mortal) Register(ctx context.Context, r reply.Request) error {
	if err := s.alive(ctx); err != nil || s.cutRegister.Load() {
		return errors.Join(errCut, err)
	}
	return s.Store.Register(ctx, r)
}

func (s *mortal) Complete(ctx context.Context, r reply.Reply) error {
	if err := s.alive(ctx); err != nil || s.cutComplete.Load() {
		return errors.Join(errCut, err)
	}
	err := s.Store.Complete(ctx, r)
	if s.cutAnswer.Load() {
		return errCut
	}
	return err
}

func (s *mortal) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	if err := s.alive(ctx); err != nil {
		return reply.Record{}, err
	}
	return s.Store.Lookup(ctx, id)
}

func (s *mortal) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	if err := s.alive(ctx); err != nil {
		return reply.ID{}, err
	}
	s.claimed.Store(&c)
	return s.Store.Claim(ctx, c)
}

func (s *mortal) Release(ctx context.Context, key string, owner reply.ID) error {
	if err := s.alive(ctx); err != nil || s.cutRelease.Load() {
		return errors.Join(errCut, err)
	}
	return s.Store.Release(ctx, key, owner)
}

// replica is an adapter of one chain, with a shared store as it reaches it.
type replica struct {
	*adapter.Adapter

	store *mortal
}

// long is a chain whose calls may take very long.
func long() functions.Chain {
	c := chain("far", echo)
	c.Timeout, c.AsyncTimeout = 10*time.Minute, 15*time.Minute
	return c
}

func replicaOver(t *testing.T, shared *memory.Store, number reply.Mailbox, carry carrierFunc, set ...func(*adapter.Config, *adapter.Served)) replica {
	t.Helper()
	store := &mortal{Store: shared}
	cfg := adapter.Config{
		Store: store, SharedStore: true, Mailbox: box + number, ReplyKeys: reply.RandomKeys(), Logger: slog.New(slog.DiscardHandler),
	}
	what := adapter.Served{Chain: long(), Carrier: carry}
	for _, f := range set {
		f(&cfg, &what)
	}
	a, err := adapter.New(cfg, what)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return replica{a, store}
}

// runs counts executions, each of which takes so long and returns its number.
func runs(count *atomic.Int32, takes time.Duration) carrierFunc {
	return func(ctx context.Context, in event.Event) (carrier.Result, error) {
		in.DataEncoded = []byte{'0' + byte(count.Add(1))}
		select {
		case <-time.After(takes):
			return carrier.Result{Event: &in}, nil
		case <-ctx.Done():
			return carrier.Result{}, ctx.Err()
		}
	}
}

// insist calls under a key again and again, and follows a 202, until there is a
// result. It returns "" if there is none in 90 s, or in what is left of them by
// then and the time that the call takes.
func insist(t *testing.T, r replica, takes time.Duration, headers ...string) string {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < patient; time.Sleep(time.Second) {
		got, _ := ask(t, r.Adapter, http.MethodPost, "/far", append([]string{"Idempotency-Key", "k"}, headers...)...)
		if got.Code == http.StatusAccepted {
			got, _ = ask(t, r.Adapter, http.MethodGet, got.Header().Get("Location"), "Prefer", "wait=20")
		}
		if got.Code == http.StatusOK {
			if took := time.Since(begin); took > patient+takes {
				t.Errorf("the result came after %s", took)
			}
			return got.Body.String()
		}
	}
	return ""
}

// A key belongs to the reply that counts. A failure that may pass and whose
// completion has broken off may have come behind a result.
func TestKeyIsNotReleasedForAFailureThatMayNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(memory.Options{})
		var ran atomic.Int32
		var r replica
		// The broker has delivered the event, and refuses it nevertheless.
		r = replicaOver(t, shared, 0, func(ctx context.Context, in event.Event) (carrier.Result, error) {
			ran.Add(1)
			id, err := reply.ParseID(carrier.RequestID(in))
			if err != nil {
				return carrier.Result{}, err
			}
			rec, err := shared.Lookup(ctx, id)
			if err != nil {
				return carrier.Result{}, err
			}
			in.DataEncoded = []byte("the result")
			if err := shared.Complete(ctx, reply.Reply{Request: rec.Request, Event: in}); err != nil {
				return carrier.Result{}, err
			}
			r.store.cutComplete.Store(true)
			return carrier.Result{}, functions.Errorf(http.StatusServiceUnavailable, "the broker refuses the event")
		})
		ask(t, r.Adapter, http.MethodPost, "/far", "Idempotency-Key", "k")
		r.store.cutComplete.Store(false)
		if got := insist(t, r, 0); got != "the result" || ran.Load() != 1 {
			t.Errorf("got %q from %d executions", got, ran.Load())
		}
	})
}

// Whatever of a completion has come through, a caller who tries again gets one
// result, soon.
func TestRetryAfterACompletionThatBrokeOffGetsAResult(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(*mortal) *atomic.Bool{
		"the reply is not there": func(s *mortal) *atomic.Bool { return &s.cutComplete },
		"the reply is there":     func(s *mortal) *atomic.Bool { return &s.cutAnswer },
	} {
		for mode, headers := range map[string][]string{"sync": nil, "async": {"Prefer", "respond-async"}} {
			t.Run(name+", "+mode, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					shared := memory.New(memory.Options{})
					var ran atomic.Int32
					r := replicaOver(t, shared, 0, func(_ context.Context, in event.Event) (carrier.Result, error) {
						if ran.Add(1) == 1 {
							return carrier.Result{}, functions.Errorf(http.StatusServiceUnavailable, "for now")
						}
						in.DataEncoded = []byte("the result")
						return carrier.Result{Event: &in}, nil
					})
					cut(r.store).Store(true)
					ask(t, r.Adapter, http.MethodPost, "/far", append([]string{"Idempotency-Key", "k"}, headers...)...)
					time.Sleep(time.Second)
					cut(r.store).Store(false)
					if got := insist(t, replicaOver(t, shared, 1, runs(&ran, 0)), 0, headers...); got == "" {
						t.Error("no result within 90 s")
					}
				})
			})
		}
	}
}

func TestKeyOfAKilledAdapterIsFreeSoonHoweverLongItsCallMayTake(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{
		"sync": nil, "async": {"Prefer", "respond-async"}, "wait": {"Prefer", "wait=2"},
	} {
		for shape, carry := range map[string]carrierFunc{"inline": runs(new(atomic.Int32), time.Hour), "vertex": accept} {
			t.Run(name+", "+shape, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					shared := memory.New(memory.Options{})
					first := replicaOver(t, shared, 0, carry)
					ctx, hangUp := context.WithCancel(t.Context())
					defer hangUp()
					go askContext(ctx, first.Adapter, http.MethodPost, "/far", append([]string{"Idempotency-Key", "k"}, headers...)...)
					time.Sleep(time.Minute) // it is at work for long
					first.store.killed.Store(true)
					hangUp()
					var ran atomic.Int32
					if got := insist(t, replicaOver(t, shared, 1, runs(&ran, time.Second)), time.Second, headers...); got != "1" {
						t.Errorf("got %q within 90 s", got)
					}
					time.Sleep(20 * time.Minute) // what the killed one does is over
				})
			})
		}
	}
}

func TestWhoWaitsForAKilledHolderTakesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(memory.Options{})
		first := replicaOver(t, shared, 0, accept)
		ask(t, first.Adapter, http.MethodPost, "/far", "Idempotency-Key", "k", "Prefer", "respond-async")
		var ran atomic.Int32
		second := replicaOver(t, shared, 1, runs(&ran, time.Second))
		time.AfterFunc(time.Minute, func() { first.store.killed.Store(true) })
		got, took := ask(t, second.Adapter, http.MethodPost, "/far", "Idempotency-Key", "k")
		if got.Code != http.StatusOK || took < time.Minute || took > time.Minute+30*time.Second {
			t.Errorf("got %d after %s: %s", got.Code, took, got.Body)
		}
		time.Sleep(20 * time.Minute)
	})
}

func TestKeyStaysWithAHolderThatIsAtWorkForLong(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{"sync": nil, "async": {"Prefer", "respond-async"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				shared := memory.New(memory.Options{})
				var ran atomic.Int32
				first := replicaOver(t, shared, 0, runs(&ran, 8*time.Minute))
				second := replicaOver(t, shared, 1, runs(&ran, 0))
				keyed := append([]string{"Idempotency-Key", "k"}, headers...)
				go askContext(t.Context(), first.Adapter, http.MethodPost, "/far", keyed...)
				time.Sleep(4 * time.Minute)
				first.store.killed.Store(true) // the store is away for a while
				time.Sleep(10 * time.Second)
				first.store.killed.Store(false)
				time.Sleep(time.Minute)
				got, _ := ask(t, second.Adapter, http.MethodPost, "/far", keyed...)
				time.Sleep(10 * time.Minute)
				if got.Code == http.StatusAccepted {
					got, _ = ask(t, second.Adapter, http.MethodGet, got.Header().Get("Location"))
				}
				if got.Code != http.StatusOK || got.Body.String() != "1" || ran.Load() != 1 {
					t.Errorf("got %d %s from %d executions", got.Code, got.Body, ran.Load())
				}
			})
		})
	}
}

// What stands still behind its answer cannot renew anything: the process that
// has the event has the key, too.
func TestKeyOfACallThatWasHandedOverLastsAsLongAsTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(memory.Options{})
		frozen := func(cfg *adapter.Config, _ *adapter.Served) { cfg.FreezesAfterResponse = true }
		first := replicaOver(t, shared, 0, accept, frozen)
		headers := []string{"Idempotency-Key", "k", "Prefer", "respond-async"}
		began, _ := ask(t, first.Adapter, http.MethodPost, "/far", headers...)
		first.store.killed.Store(true)
		time.Sleep(10 * time.Minute)
		var ran atomic.Int32
		got, _ := ask(t, replicaOver(t, shared, 1, runs(&ran, 0), frozen).Adapter, http.MethodPost, "/far", headers...)
		if began.Code != http.StatusAccepted || got.Header().Get("Location") != began.Header().Get("Location") || ran.Load() != 0 {
			t.Errorf("got %d %s, then %d %s", began.Code, began.Body, got.Code, got.Body)
		}
	})
}

func TestKeyIsFreeSoonThoughNeitherRegisterNorReleaseCameThrough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(memory.Options{})
		var ran atomic.Int32
		first := replicaOver(t, shared, 0, runs(&ran, 0))
		first.store.cutRegister.Store(true)
		first.store.cutRelease.Store(true)
		if got, took := ask(t, first.Adapter, http.MethodPost, "/far", "Idempotency-Key", "k"); got.Code != http.StatusServiceUnavailable || took > patience {
			t.Errorf("got %d after %s: %s", got.Code, took, got.Body)
		}
		if got := insist(t, replicaOver(t, shared, 1, runs(&ran, 0)), 0, "Prefer", "wait=5"); got != "1" {
			t.Errorf("got %q", got)
		}
		time.Sleep(time.Minute) // what still tries has ended
	})
}

// A key that a cancelled request still holds, as its renewal came behind the
// end, is free for the next call.
func TestCancelledRequestHoldsNoKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(memory.Options{})
		now := time.Now()
		var ran atomic.Int32
		r := replicaOver(t, shared, 0, runs(&ran, 0))
		first := replicaOver(t, shared, 1, accept)
		began, _ := ask(t, first.Adapter, http.MethodPost, "/far", "Idempotency-Key", "k", "Prefer", "respond-async")
		id, err := reply.ParseID(began.Header().Get("X-Request-ID"))
		if err != nil {
			t.Fatal(err)
		}
		ask(t, first.Adapter, http.MethodDelete, "/requests/"+id.String())
		again := *first.store.claimed.Load()
		again.Lease = now.Add(15 * time.Minute)
		if holder, err := shared.Claim(t.Context(), again); holder != id || err != nil {
			t.Fatal(err)
		}
		if got := insist(t, r, 0); got != "1" {
			t.Errorf("got %q", got)
		}
	})
}

// A key whose holder died behind its claim: who joins it is answered by his own
// deadline, and hears what it is about.
func TestJoinerOfAHolderThatDiedBehindItsClaimIsAnsweredInTime(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]time.Duration{"the store answers": time.Hour, "it falls silent": 4500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				shared := memory.New(memory.Options{})
				brief := func(_ *adapter.Config, s *adapter.Served) { s.Chain.Timeout = 5 * time.Second }
				first := replicaOver(t, shared, 0, accept, brief)
				first.store.cutRegister.Store(true)
				first.store.cutRelease.Store(true)
				ask(t, first.Adapter, http.MethodPost, "/far", "Idempotency-Key", "k")
				second := replicaOver(t, shared, 1, accept, brief)
				time.AfterFunc(silent, func() { second.store.killed.Store(true) })
				got, took := ask(t, second.Adapter, http.MethodPost, "/far", "Idempotency-Key", "k")
				if got.Code != http.StatusServiceUnavailable || took > 5*time.Second+patience || got.Header().Get("Retry-After") == "" {
					t.Errorf("got %d after %s: %s", got.Code, took, got.Body)
				}
				time.Sleep(2 * time.Hour) // what still tries has ended
			})
		})
	}
}

// The timer of a call that another process completes asked a store that was closed.
func TestAClosedAdapterDoesNotAskTheStoreForItsKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := replicaOver(t, memory.New(memory.Options{}), 0, accept)
		ask(t, r.Adapter, http.MethodPost, "/far", "Idempotency-Key", "k", "Prefer", "respond-async")
		r.Close()
		r.store.claimed.Store(nil)
		time.Sleep(time.Minute)
		if r.store.claimed.Load() != nil {
			t.Error("it has claimed its key again")
		}
	})
}
