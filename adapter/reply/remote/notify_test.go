package remote_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/remote"
)

// arrivals of a mailbox, as a listener gets them.
type arrivals chan reply.ID

func (a arrivals) add(r reply.Reply) { a <- r.ID }

// want waits for n arrivals and fails unless they are the wanted ones, once
// each.
func (a arrivals) want(t *testing.T, want ...reply.ID) {
	t.Helper()
	got := map[reply.ID]bool{}
	for len(got) < len(want) {
		select {
		case id := <-a:
			if got[id] || !slices.Contains(want, id) {
				t.Fatalf("%s arrived: twice (%t) or though it should not", id, got[id])
			}
			got[id] = true
		case <-t.Context().Done():
			t.Fatal("the test ended")
		}
	}
	if len(a) != 0 {
		t.Fatalf("%d more arrived", len(a))
	}
}

func complete(t *testing.T, s reply.Store, box reply.Mailbox) reply.ID {
	t.Helper()
	r := newReply(newRequest(box), "x")
	if err := s.Complete(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func TestRepliesOfOtherProcessesArriveOnce(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	url := serve(t, store, remote.HandlerOptions{}, nil)
	got := make(arrivals, 1000)
	_ = complete(t, store, 1) // from before
	dial(t, url, remote.Options{}).Notify(1, got.add)
	other := dial(t, url, remote.Options{})
	var want []reply.ID
	for range 100 {
		want = append(want, complete(t, store, 1), complete(t, other, 1))
	}
	got.want(t, want...)
}

// fragile drops the answers of calls for arrivals while it is broken: before
// they reach the handler, or after it has made them.
type fragile struct {
	http.Handler

	dropped atomic.Int64
	every   int64
}

func (f *fragile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/arrivals") || !r.URL.Query().Has("since") {
		f.Handler.ServeHTTP(w, r)
		return
	}
	if n := f.dropped.Add(1); n <= f.every {
		if n%2 == 0 {
			f.Handler.ServeHTTP(httptest.NewRecorder(), r) // made, and lost on its way
		}
		panic(http.ErrAbortHandler)
	}
	f.Handler.ServeHTTP(w, r)
}

func TestAnAnswerThatGetsLostLosesNoReply(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	url := serve(t, store, remote.HandlerOptions{}, func(h http.Handler) http.Handler { return &fragile{Handler: h, every: 4} })
	got := make(arrivals, 1000)
	dial(t, url, remote.Options{}).Notify(1, got.add)
	var want []reply.ID
	for range 50 {
		want = append(want, complete(t, store, 1))
	}
	got.want(t, want...)
}

// A new handler knows no place of the one before: as after a restart.
func TestWhatWasMissedArrivesWhenThePlaceIsLost(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	first, err := remote.NewHandler(store, secret, remote.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := remote.NewHandler(store, secret, remote.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Close)
	var current atomic.Pointer[remote.Handler]
	current.Store(first)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := current.Load(); h != nil {
			h.ServeHTTP(w, r)
			return
		}
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	_ = complete(t, store, 1) // from before
	got := make(arrivals, 100)
	dial(t, server.URL, remote.Options{}).Notify(1, got.add)
	got.want(t, complete(t, store, 1))
	current.Store(nil)
	first.Close()
	missed := []reply.ID{complete(t, store, 1), complete(t, store, 1)}
	current.Store(second)
	got.want(t, append(missed, complete(t, store, 1))...)
	got.want(t, complete(t, store, 1))
}

// silent hides the Notifier of a store.
type silent struct{ reply.Store }

func TestAStoreThatWakesNobodyIsAsked(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	_ = complete(t, store, 1) // from before
	got := make(arrivals, 10)
	dial(t, serve(t, silent{store}, remote.HandlerOptions{}, nil), remote.Options{}).Notify(1, got.add)
	got.want(t, complete(t, store, 1))
	got.want(t, complete(t, store, 1))
}

func TestAServerThatComesLaterIsFound(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	var up atomic.Bool
	url := serve(t, store, remote.HandlerOptions{}, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !up.Load() {
				panic(http.ErrAbortHandler)
			}
			h.ServeHTTP(w, r)
		})
	})
	got := make(arrivals, 10)
	dial(t, url, remote.Options{}).Notify(1, got.add)
	first := complete(t, store, 1)
	up.Store(true)
	got.want(t, first)
}

func TestAHeldCallEndsWithoutArrivals(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	got := make(arrivals, 10)
	dial(t, serve(t, store, remote.HandlerOptions{Hold: time.Millisecond}, nil), remote.Options{}).Notify(1, got.add)
	got.want(t, complete(t, store, 1))
	got.want(t, complete(t, store, 1))
}

func TestCloseEndsListeners(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	client := dial(t, serve(t, store, remote.HandlerOptions{}, nil), remote.Options{})
	got := make(arrivals, 10)
	stop := client.Notify(1, got.add)
	client.Close()
	stop()
	client.Close()
	client.Notify(1, got.add)()
	_ = complete(t, store, 1)
	_ = complete(t, client, 1)
	got.want(t)
}
