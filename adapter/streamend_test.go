package adapter_test

import (
	"context"
	"net/http"
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
)

// A stream is due with the deadline of its request, whatever its heartbeat, and
// whether or not somebody still works on it.
func TestStreamSaysSoonBehindTheDeadlineThatNoReplyHasCome(t *testing.T) {
	t.Parallel()
	for name, carry := range map[string]carrierFunc{
		"elsewhere": accept,
		"here, by a function that ignores its context": func(context.Context, event.Event) (carrier.Result, error) {
			time.Sleep(5 * time.Minute)
			return carrier.Result{}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := replicaOver(t, memory.New(memory.Options{}), 0, carry, briefly)
				began, _ := ask(t, r.Adapter, http.MethodPost, "/far", "Prefer", "respond-async")
				time.Sleep(4 * time.Second) // the beats of the stream do not fall on the deadline
				got, took := ask(t, r.Adapter, http.MethodGet, began.Header().Get("Location"), "Accept", "text/event-stream")
				if body := got.Body.String(); took < 8*time.Second || took > 10*time.Second ||
					!strings.Contains(body, "event: problem") || !strings.Contains(body, `"status":504`) {
					t.Errorf("after %s: %s", took, body)
				}
				time.Sleep(10 * time.Minute)
			})
		})
	}
}

// briefly gives asynchronous calls 12 s.
func briefly(_ *adapter.Config, s *adapter.Served) { s.Chain.AsyncTimeout = 12 * time.Second }

// With the store silent behind the deadline nobody knows what has come. The
// stream ends, and its client comes back behind what it has.
func TestStreamOverASilentStoreEndsSoonBehindTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := replicaOver(t, memory.New(memory.Options{}), 0, accept, briefly)
		began, _ := ask(t, r.Adapter, http.MethodPost, "/far", "Prefer", "respond-async")
		time.AfterFunc(5*time.Second, func() { r.store.killed.Store(true) })
		got, took := ask(t, r.Adapter, http.MethodGet, began.Header().Get("Location"), "Accept", "text/event-stream")
		if body := got.Body.String(); took > 14500*time.Millisecond || strings.Contains(body, "event: problem") || !strings.Contains(body, ": connect again") {
			t.Errorf("after %s: %s", took, body)
		}
	})
}

// A request that has lost its key was not cancelled by anybody.
func TestStreamOfARequestThatLostItsKeyDoesNotSayCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(memory.Options{})
		var ran atomic.Int32
		r := replicaOver(t, shared, 0, runs(&ran, 10*time.Second))
		began, _ := ask(t, r.Adapter, http.MethodPost, "/far", "Prefer", "respond-async", "Idempotency-Key", "k")
		id, err := reply.ParseID(began.Header().Get("X-Request-ID"))
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(9*time.Second, func() {
			next := *r.store.claimed.Load()
			next.Owner = reply.NewID(time.Now(), box+1)
			if err := shared.Release(t.Context(), next.Key, id); err != nil {
				t.Error(err)
			}
			if holder, err := shared.Claim(t.Context(), next); holder != next.Owner || err != nil {
				t.Errorf("the key is with %s: %v", holder, err)
			}
		})
		got, _ := ask(t, r.Adapter, http.MethodGet, began.Header().Get("Location"), "Accept", "text/event-stream")
		if body := got.Body.String(); strings.Contains(body, "cancelled") || !strings.Contains(body, `"status":503`) || !strings.Contains(body, "Idempotency-Key") {
			t.Errorf("%s", body)
		}
	})
}

// When a completion breaks off nobody knows which reply counts. The caller is
// told that, and where to look; a stream does not end with a reply that the
// request may never have.
func TestCompletionThatBrokeOffIsNotReportedAsTheReply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(memory.Options{})
		var ran atomic.Int32
		r := replicaOver(t, shared, 0, runs(&ran, 3*time.Second), briefly)
		r.store.cutComplete.Store(true)
		streamed := make(chan string)
		time.AfterFunc(time.Second, func() {
			id := r.store.claimed.Load().Owner
			got, _ := ask(t, r.Adapter, http.MethodGet, "/requests/"+id.String(), "Accept", "text/event-stream")
			streamed <- got.Body.String()
		})
		got, took := ask(t, r.Adapter, http.MethodPost, "/far", "Prefer", "respond-async, wait=9", "Idempotency-Key", "k")
		where := got.Header().Get("Location")
		if got.Code != http.StatusServiceUnavailable || took > 5*time.Second || where == "" || got.Header().Get("Retry-After") == "" {
			t.Errorf("got %d after %s, Location %q: %s", got.Code, took, where, got.Body)
		}
		stream := <-streamed
		if strings.Contains(stream, `"httpstatus":"503"`) || strings.Contains(stream, "event: problem") {
			t.Errorf("the stream: %s", stream)
		}
		if got, _ := ask(t, r.Adapter, http.MethodGet, "/requests/"+r.store.claimed.Load().Owner.String()); got.Code != http.StatusAccepted {
			t.Errorf("the fetch got %d %s", got.Code, got.Body)
		}
	})
}
