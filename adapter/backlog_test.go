package adapter_test

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

// accept sends calls with respond-async and returns where their replies will be.
func (l limited) accept(n int, tenant, path string, headers ...string) (locations []string) {
	for range n {
		got := l.call(tenant, path, strings.NewReader("x"), append(headers, "Prefer", "respond-async")...)
		if got.status != http.StatusAccepted {
			l.t.Fatalf("got %d: %s", got.status, got.body)
		}
		locations = append(locations, got.header.Get("Location"))
	}
	return locations
}

// fetched returns how many replies have a status.
func (l limited) fetched(status int, tenant string, locations []string) (n int) {
	for _, at := range locations {
		r := httptest.NewRequestWithContext(l.t.Context(), http.MethodGet, at, nil)
		r.Header.Set("Authorization", "Bearer "+secretOf(tenant))
		w := httptest.NewRecorder()
		l.a.ServeHTTP(w, r)
		if w.Code == status {
			n++
		}
	}
	return n
}

func TestAFloodOfAsyncCallsDoesNotKeepWaitingCallersFromTheirAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(16, 100*time.Millisecond)
		work := chain("work", m.function)
		work.AsyncTimeout = time.Hour
		l := newLimited(t, adapter.Config{Adaptive: true}, work)
		waiting := &offered{tenant: "a", path: "/work", perSecond: 0.4 * m.capacity(), limit: 500 * time.Millisecond}
		var all sync.WaitGroup
		all.Go(func() { l.offer(5*time.Second, 10*time.Second, waiting) })
		var flood []string
		for range 1000 {
			flood = append(flood, l.accept(1, "b", "/work")...)
			time.Sleep(10 * time.Millisecond)
		}
		all.Wait()
		if ok := waiting.status[200]; float64(ok) < 0.99*float64(waiting.sent) || float64(waiting.slow) > 0.01*float64(waiting.sent) {
			t.Errorf("of %d calls %v have passed, %d of them late", waiting.sent, waiting.status, waiting.slow)
		}
		time.Sleep(5 * time.Minute)
		if ok := l.fetched(http.StatusOK, "b", flood); ok != len(flood) {
			t.Errorf("of %d accepted calls %d have their reply", len(flood), ok)
		}
	})
}

func TestTheHigherClassAndTheTenantWithLessComeFirstOfTheBacklog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(1000, time.Second)
		work, high := chain("work", m.function), chain("high", m.function)
		high.Priority = functions.PriorityHigh
		work.AsyncTimeout, high.AsyncTimeout = time.Hour, time.Hour
		l := newLimited(t, adapter.Config{Adaptive: true}, work, high)
		many := l.accept(200, "a", "/work")
		few := l.accept(4, "b", "/work")
		first := l.accept(4, "c", "/high")
		time.Sleep(4 * time.Second) // with a share of the places each
		for name, n := range map[string]int{"high": l.fetched(http.StatusOK, "c", first), "few": l.fetched(http.StatusOK, "b", few)} {
			if n != 4 {
				t.Errorf("%s: %d of 4 have their reply", name, n)
			}
		}
		if n := l.fetched(http.StatusAccepted, "a", many); n < 100 {
			t.Errorf("%d still wait: the limit is not below all of them, so this shows nothing", n)
		}
		time.Sleep(10 * time.Minute)
		if n := l.fetched(http.StatusOK, "a", many); n != len(many) {
			t.Errorf("of %d accepted calls %d have their reply", len(many), n)
		}
	})
}

func TestACallOfTheBacklogEndsWithItsDeadlineItsCancellationAndTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, store := newMachine(1000, 20*time.Second), memory.New(memory.Options{})
		var begun atomic.Int32
		slow, short := chain("slow", func(ctx context.Context, in event.Event) (*event.Event, error) {
			begun.Add(1)
			return m.function(ctx, in)
		}), chain("short", m.function)
		slow.AsyncTimeout, short.AsyncTimeout = time.Hour, time.Second
		l := newLimited(t, adapter.Config{Adaptive: true, Store: store}, slow, short)
		accepted := l.accept(100, "a", "/slow")
		late := l.accept(3, "b", "/short")
		cancelled := l.accept(3, "b", "/slow")
		for _, at := range cancelled {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodDelete, at, nil)
			r.Header.Set("Authorization", "Bearer "+secretOf("b"))
			w := httptest.NewRecorder()
			if l.a.ServeHTTP(w, r); w.Code != http.StatusNoContent {
				t.Errorf("got %d: %s", w.Code, w.Body)
			}
		}
		time.Sleep(1500 * time.Millisecond)
		if n := l.fetched(http.StatusGatewayTimeout, "b", late); n != len(late) {
			t.Errorf("%d of %d got 504", n, len(late))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.a.Drain(ctx); err == nil {
			t.Error("all have ended in time")
		}
		ran := int(begun.Load()) // whatever their contexts say, these end with their results
		time.Sleep(time.Minute)
		replies := map[int]int{} // in the store: who drains answers nobody any more
		for _, at := range accepted {
			id, err := reply.ParseID(path.Base(at))
			if err != nil {
				t.Fatal(err)
			}
			rec, err := store.Lookup(t.Context(), id)
			if err != nil || rec.State != reply.Completed {
				t.Fatalf("%s: %v, in state %v", at, err, rec.State)
			}
			status, _ := functions.Status(rec.Reply.Event)
			replies[cmp.Or(status, http.StatusOK)]++
		}
		if ran > len(accepted)/2 || replies[http.StatusOK] != ran || replies[http.StatusServiceUnavailable] != len(accepted)-ran {
			t.Errorf("%d of %d had begun; the replies are %v", ran, len(accepted), replies)
		}
	})
}
