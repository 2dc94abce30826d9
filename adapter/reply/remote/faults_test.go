package remote_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/remote"
)

const storeType = "application/vnd.homing.store"

// failing is a store that returns one error from every call.
type failing struct {
	reply.Store

	err error
}

func (f failing) Register(context.Context, reply.Request) error { return f.err }
func (f failing) Complete(context.Context, reply.Reply) error   { return f.err }
func (f failing) Cancel(context.Context, reply.ID) error        { return f.err }
func (f failing) Lookup(context.Context, reply.ID) (reply.Record, error) {
	return reply.Record{}, f.err
}
func (f failing) Release(context.Context, string, reply.ID) error { return f.err }
func (f failing) Claim(context.Context, reply.Claim) (reply.ID, error) {
	return reply.ID{}, f.err
}

func (f failing) Collect(context.Context, reply.Mailbox, reply.ID) ([]reply.Reply, error) {
	return nil, f.err
}

// callAll makes every call of a store once.
func callAll(ctx context.Context, s reply.Store) map[string]error {
	r := newRequest(1)
	_, lookup := s.Lookup(ctx, r.ID)
	_, claim := s.Claim(ctx, reply.Claim{Key: "k", Owner: r.ID})
	_, collect := s.Collect(ctx, 1, reply.ID{})
	return map[string]error{
		"Register": s.Register(ctx, r), "Complete": s.Complete(ctx, newReply(r, "x")), "Cancel": s.Cancel(ctx, r.ID),
		"Release": s.Release(ctx, "k", r.ID), "Lookup": lookup, "Claim": claim, "Collect": collect,
	}
}

func TestEveryErrorOfAStoreCrossesTheWire(t *testing.T) {
	t.Parallel()
	sentinels := []error{
		reply.ErrUnknown, reply.ErrExpired, reply.ErrCompleted, reply.ErrCancelled, reply.ErrSuperseded, reply.ErrKeyReused, reply.ErrFull,
		reply.ErrTooLarge,
	}
	for _, want := range sentinels {
		client := dial(t, serve(t, failing{err: want}, remote.HandlerOptions{}, nil), remote.Options{})
		for call, err := range callAll(t.Context(), client) {
			for _, s := range sentinels {
				if errors.Is(err, s) != (s == want) { //nolint:errorlint // the sentinel itself
					t.Errorf("%s of a store that returns %v returns %v", call, want, err)
				}
			}
		}
	}
	client := dial(t, serve(t, failing{err: io.ErrNoProgress}, remote.HandlerOptions{}, nil), remote.Options{})
	for call, err := range callAll(t.Context(), client) {
		if err == nil || !strings.Contains(err.Error(), "503") || strings.Contains(err.Error(), io.ErrNoProgress.Error()) {
			t.Errorf("%s of a store that fails returns %v", call, err)
		}
	}
}

func TestAnInvalidSecretIsRefused(t *testing.T) {
	t.Parallel()
	url := serve(t, memory.New(memory.Options{}), remote.HandlerOptions{}, nil)
	client, err := remote.New(url, secret+"x", remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for call, err := range callAll(t.Context(), client) {
		if !errors.Is(err, remote.ErrUnauthorised) {
			t.Errorf("%s gives %v", call, err)
		}
	}
}

func TestAnswersThatAreNotOfAStoreAreErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]http.HandlerFunc{
		"404 of a proxy": http.NotFound,
		"409 of a proxy": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusConflict) },
		"a web page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html>")
		},
		"garbage": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", storeType)
			_, _ = io.WriteString(w, "{]")
		},
		"another document": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", storeType)
			_, _ = io.WriteString(w, `{"hello":1}`)
		},
		"truncated": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", storeType)
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"replies":[`)
		},
		"endless pages": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", storeType)
			_, _ = io.WriteString(w, `{"replies":[],"more":true}`)
		},
		"too large": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", storeType)
			_, _ = io.WriteString(w, strings.Repeat(" ", 2000))
		},
		"reset": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
	sentinels := []error{reply.ErrUnknown, reply.ErrCompleted, reply.ErrExpired}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			for call, err := range callAll(t.Context(), dial(t, server.URL, remote.Options{MaxBody: 1000})) {
				if err == nil {
					t.Errorf("%s is answered without an error", call)
				}
				for _, s := range sentinels {
					if errors.Is(err, s) {
						t.Errorf("%s gives %v, which the store never said", call, err)
					}
				}
			}
		})
	}
}

func TestAServerThatIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for call, err := range callAll(t.Context(), dial(t, server.URL, remote.Options{})) {
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s gives %v", call, err)
		}
	}
}

func TestASlowServerIsLeftWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	called, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(called)
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-called; cancel() }()
	if _, err := dial(t, server.URL, remote.Options{}).Lookup(ctx, newRequest(1).ID); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAChangeThatWasSentIsWaitedForALittleLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		after := func(d time.Duration) func(*http.Request) (*http.Response, error) {
			return func(r *http.Request) (*http.Response, error) {
				select {
				case <-time.After(d):
					return response(r, http.StatusNoContent, nil, ""), nil
				case <-r.Context().Done():
					return nil, r.Context().Err()
				}
			}
		}
		for answered, known := range map[time.Duration]bool{1500 * time.Millisecond: true, time.Minute: false} {
			client := dial(t, "http://adapter", remote.Options{Transport: &answers{list: []any{after(answered)}}})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			start := time.Now()
			err := client.Cancel(ctx, newRequest(1).ID)
			cancel()
			if took := time.Since(start); (err == nil) != known || took > 2*time.Second || !known && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("an answer after %s: got %v after %s", answered, err, took)
			}
		}
		script := &answers{list: []any{http.StatusNoContent}}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		err := dial(t, "http://adapter", remote.Options{Transport: script}).Cancel(ended, newRequest(1).ID)
		if !errors.Is(err, context.Canceled) || script.calls.Load() != 0 {
			t.Errorf("with an ended context: got %v after %d calls", err, script.calls.Load())
		}
	})
}

func TestOnlyReadsAreSentAgainWhenTheConnectionBreaks(t *testing.T) {
	t.Parallel()
	script := &answers{list: []any{syscall.ECONNRESET}}
	client := dial(t, "http://adapter", remote.Options{Transport: script})
	r := newRequest(1)
	calls := map[string]func() error{
		"Lookup":   func() error { _, err := client.Lookup(t.Context(), r.ID); return err },
		"Collect":  func() error { _, err := client.Collect(t.Context(), 1, reply.ID{}); return err },
		"Complete": func() error { return client.Complete(t.Context(), newReply(r, "x")) },
		"Register": func() error { return client.Register(t.Context(), r) },
		"Claim":    func() error { _, err := client.Claim(t.Context(), reply.Claim{Owner: r.ID}); return err },
	}
	for name, call := range calls {
		want := int64(1)
		if name == "Lookup" || name == "Collect" {
			want = 2
		}
		script.calls.Store(0)
		if err := call(); !errors.Is(err, syscall.ECONNRESET) || script.calls.Load() != want {
			t.Errorf("%s gives %v after %d calls, want %d", name, err, script.calls.Load(), want)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	var calls atomic.Int64
	url := serve(t, store, remote.HandlerOptions{MaxBody: 4096}, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { calls.Add(1); h.ServeHTTP(w, r) })
	})
	large := newReply(newRequest(1), strings.Repeat("x", 5000))
	if err := dial(t, url, remote.Options{}).Complete(t.Context(), large); !errors.Is(err, reply.ErrTooLarge) || calls.Load() != 1 {
		t.Errorf("the server's bound: got %v after %d calls", err, calls.Load())
	}
	if err := dial(t, url, remote.Options{MaxBody: 4096}).Complete(t.Context(), large); !errors.Is(err, reply.ErrTooLarge) || calls.Load() != 1 {
		t.Errorf("the client's bound: got %v after %d calls", err, calls.Load())
	}
}

// A reply that the adapter's own process put may be too large for the wire, or
// not even an event. It must not hide the others of its mailbox.
func TestAReplyThatCannotBeCarriedBecomesAnErrorReply(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	large, odd := newReply(newRequest(1), strings.Repeat("x", 5000)), newReply(newRequest(1), "odd")
	odd.Event.Context = nil
	good := newReply(newRequest(1), "good")
	for _, r := range []reply.Reply{large, odd, good} {
		if err := store.Complete(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	client := dial(t, serve(t, store, remote.HandlerOptions{MaxBody: 4096}, nil), remote.Options{MaxBody: 4096})
	got, err := client.Collect(t.Context(), 1, reply.ID{})
	if err != nil || len(got) != 3 {
		t.Fatalf("got %d replies, %v", len(got), err)
	}
	for _, r := range got {
		want := `"status":500`
		if r.ID == good.ID {
			want = "good"
		}
		if !strings.Contains(string(r.Event.DataEncoded), want) {
			t.Errorf("got %s, want %s in it", r.Event.DataEncoded, want)
		}
	}
}
