package adapter_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

// cancelling is a silent store that ends its calls as a client of HTTP may: it
// cancels them when their time is over.
type cancelling struct{ *memory.Store }

func (s cancelling) wait(ctx context.Context) error {
	<-ctx.Done()
	return context.Canceled
}

func (s cancelling) Register(ctx context.Context, _ reply.Request) error { return s.wait(ctx) }

func (s cancelling) Lookup(ctx context.Context, _ reply.ID) (reply.Record, error) {
	return reply.Record{}, s.wait(ctx)
}

func (s cancelling) Cancel(ctx context.Context, _ reply.ID) error { return s.wait(ctx) }

func (s cancelling) Claim(ctx context.Context, _ reply.Claim) (reply.ID, error) {
	return reply.ID{}, s.wait(ctx)
}

func (s cancelling) Release(ctx context.Context, _ string, _ reply.ID) error { return s.wait(ctx) }

func TestSilentStoreIsNotTakenForAClientThatHasGoneAway(t *testing.T) {
	t.Parallel()
	id := "01890a5d-ac96-774b-bcce-b302099a8057"
	for name, tt := range map[string]struct {
		method, path string
		headers      []string
	}{
		"async":        {http.MethodPost, "/far", []string{"Prefer", "respond-async"}},
		"keyed":        {http.MethodPost, "/far", []string{"Idempotency-Key", "k"}},
		"keyed, async": {http.MethodPost, "/far", []string{"Idempotency-Key", "k", "Prefer", "respond-async"}},
		"wait":         {http.MethodPost, "/far", []string{"Prefer", "wait=3"}},
		"fetch":        {http.MethodGet, "/requests/" + id, nil},
		"long poll":    {http.MethodGet, "/requests/" + id, []string{"Prefer", "wait=3"}},
		"stream":       {http.MethodGet, "/requests/" + id, []string{"Accept", "text/event-stream"}},
		"cancel":       {http.MethodDelete, "/requests/" + id, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := over(t, cancelling{memory.New(memory.Options{})})
				got, _ := ask(t, a, tt.method, tt.path, tt.headers...)
				if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
					t.Errorf("got %d %s", got.Code, got.Body)
				}
				time.Sleep(time.Minute) // what still tries has ended
			})
		})
	}
}

// ignoring is a store that does not care for its context.
type ignoring struct{ cancelling }

func (s ignoring) Register(ctx context.Context, r reply.Request) error {
	time.Sleep(10 * time.Second)
	return s.cancelling.Register(ctx, r)
}

func (s ignoring) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	time.Sleep(10 * time.Second)
	return s.cancelling.Lookup(ctx, id)
}

func (s ignoring) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	time.Sleep(10 * time.Second)
	return s.cancelling.Claim(ctx, c)
}

func TestStoreThatIgnoresItsContextIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method, path string
		headers      []string
	}{
		"async": {http.MethodPost, "/far", []string{"Prefer", "respond-async"}},
		"keyed": {http.MethodPost, "/far", []string{"Idempotency-Key", "k"}},
		"fetch": {http.MethodGet, "/requests/01890a5d-ac96-774b-bcce-b302099a8057", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := over(t, ignoring{cancelling{memory.New(memory.Options{})}})
				got, took := ask(t, a, tt.method, tt.path, tt.headers...)
				if got.Code != http.StatusServiceUnavailable || took > patience {
					t.Errorf("got %d after %s: %s", got.Code, took, got.Body)
				}
				time.Sleep(2 * time.Minute) // what still tries has ended
			})
		})
	}
}
