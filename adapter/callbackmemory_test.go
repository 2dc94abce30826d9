package adapter_test

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// elsewhere is a store that keeps no reply in this process.
type elsewhere struct{ *memory.Store }

func (elsewhere) Complete(context.Context, reply.Reply) error { return nil }

// unreachable is where nothing can be delivered to, for long.
type unreachable struct{ tried chan struct{} }

func (unreachable) Check(string) error                  { return nil }
func (unreachable) Keep(context.Context, reply.Reply)   {}
func (unreachable) Forget(context.Context, reply.Reply) {}

func (u unreachable) Deliver(ctx context.Context, r reply.Reply, load func(context.Context) (event.Event, error), _ <-chan struct{}) {
	r.Event, r.Progress = event.Event{}, nil
	u.tried <- struct{}{}
	<-ctx.Done()
	runtime.KeepAlive(load) // for the next attempt
}

// heap returns how many bytes are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// While a reply waits to be delivered, the store has it and the adapter does not.
func TestRepliesThatWaitToBeDeliveredAreNotHeld(t *testing.T) {
	const calls, size = 32, 1 << 20
	before := heap() // with what earlier tests have left
	u := unreachable{make(chan struct{}, calls)}
	large := func(context.Context, event.Event) (*event.Event, error) {
		out := event.New()
		out.SetDataContentType("application/octet-stream")
		out.DataEncoded = make([]byte, size)
		return &out, nil
	}
	a, err := runtimes.Inline([]functions.Chain{chain("work", large)}, adapter.Config{
		Store: elsewhere{memory.New(memory.Options{})}, Logger: slog.New(slog.DiscardHandler), Callbacks: u,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	for range calls {
		got, _ := ask(t, a, http.MethodPost, "/work", "Prefer", "respond-async", "Homing-Callback", "https://hooks.example.com")
		if got.Code != http.StatusAccepted {
			t.Fatalf("got %d, %s", got.Code, got.Body)
		}
		<-u.tried
	}
	for end := time.Now().Add(time.Minute); heap() > before+calls*size/2; time.Sleep(10 * time.Millisecond) { // the last work may not have returned yet
		if time.Now().After(end) {
			t.Fatalf("%d MB are held, and were %d", heap()>>20, before>>20)
		}
	}
}
