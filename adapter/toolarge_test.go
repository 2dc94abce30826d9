package adapter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	"github.com/homing-dev/homing/runtimes"
)

const (
	storeLimit = 4000 // bytes that a bounded store takes
	smallData  = "small"
)

var largeData = strings.Repeat("x", storeLimit+1)

// bounded is a store that refuses replies by the size of their data, or not at
// all.
type bounded struct {
	reply.Store

	all  bool        // are left to the store within
	away atomic.Bool // it cannot be reached when a reply comes
}

func (b *bounded) Complete(ctx context.Context, r reply.Reply) error {
	if b.away.Load() {
		return errors.New("connection refused")
	}
	if n := len(r.Event.DataEncoded); n > storeLimit && !b.all {
		return fmt.Errorf("%w: it has %d bytes and the limit is %d", reply.ErrTooLarge, n, storeLimit)
	}
	return b.Store.Complete(ctx, r)
}

// overBounded runs a test over a bounded store that notifies its adapter, over
// one that is polled, and over the store in memory, in simulated time.
func overBounded(t *testing.T, test func(t *testing.T, b *bounded, store reply.Store)) {
	t.Helper()
	for name, opts := range map[string]memory.Options{"notified": {}, "polled": {}, "memory": {MaxReply: storeLimit}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := memory.New(opts)
				b := &bounded{Store: m, all: name == "memory"}
				var store reply.Store = struct {
					reply.Store
					reply.Notifier
				}{b, m}
				if name == "polled" {
					store = &shelf{Store: b}
				}
				test(t, b, store)
				if s := m.Stats(); s.Pending != 0 && !b.away.Load() {
					t.Errorf("%d requests still wait for their reply", s.Pending)
				}
			})
		})
	}
}

// sized returns its input, or more bytes than a store takes if it is asked to,
// once it is let go.
func sized(open <-chan struct{}, ran *atomic.Int32) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		ran.Add(1)
		<-open
		if string(in.DataEncoded) == "large" {
			in.DataEncoded = []byte(largeData)
		}
		return &in, nil
	}
}

// sending is an adapter without a socket.
type sending struct {
	*adapter.Adapter

	t *testing.T
}

func (s sending) do(method, path, body string, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := flushed{httptest.NewRecorder(), make(chan struct{}, 1)}
	go func() {
		s.ServeHTTP(w, r)
		w.Flush()
	}()
	<-w.done // a call that is overdue is answered while its handler is busy
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

// flushed is a response that is complete when it is flushed.
type flushed struct {
	*httptest.ResponseRecorder

	done chan struct{}
}

func (f flushed) Flush() {
	select {
	case f.done <- struct{}{}:
	default:
	}
}

// tooLarge checks that the answer is the error reply in the place of a reply
// that the store did not take.
func (g answer) tooLarge(t *testing.T) {
	t.Helper()
	p := g.problem(t, http.StatusInternalServerError)
	if p.Title != "Result too large" || !strings.Contains(p.Detail, fmt.Sprint(storeLimit)) || p.RequestID == "" {
		t.Errorf("the problem is %+v", p)
	}
}

func TestResultThatIsTooLargeForTheStoreIsAnErrorReply(t *testing.T) {
	t.Parallel()
	overBounded(t, func(t *testing.T, _ *bounded, store reply.Store) {
		var ran atomic.Int32
		open := make(chan struct{})
		c := chain("work", sized(open, &ran))
		c.Timeout = time.Second
		a, err := runtimes.Inline([]functions.Chain{c}, adapter.Config{Store: store, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		s := sending{a, t}
		fetched := map[string]answer{
			"async":   s.do("POST", "/work", "large", "Prefer", "respond-async"),
			"waited":  s.do("POST", "/work", "large", "Prefer", "wait=0"),
			"overdue": s.do("POST", "/work", "large"),
			"small":   s.do("POST", "/work", smallData, "Prefer", "respond-async"),
		}
		close(open)
		for name, got := range fetched {
			where := got.header.Get("Location")
			if where == "" {
				t.Errorf("%s: got %d %s", name, got.status, got.body)
				continue
			}
			for range 2 {
				got = s.do("GET", where, "", "Prefer", "wait=30")
				if name == "small" {
					got.is(t, http.StatusOK, smallData)
				} else {
					got.tooLarge(t)
				}
			}
		}
		before := ran.Load()
		for i := range 3 {
			got := s.do("POST", "/work", "large", "Idempotency-Key", "k")
			got.tooLarge(t)
			if replayed := got.header.Get("Idempotency-Replayed") == "true"; replayed != (i > 0) {
				t.Errorf("answer %d: replayed is %t", i, replayed)
			}
		}
		if n := ran.Load() - before; n != 1 {
			t.Errorf("the chain ran %d times under one key", n)
		}
		s.do("POST", "/work", smallData, "Idempotency-Key", "other").is(t, http.StatusOK, smallData)
		for _, headers := range [][]string{nil, {"Prefer", "wait=5"}} { // these never see the store
			s.do("POST", "/work", "large", headers...).is(t, http.StatusOK, largeData)
		}
		got := s.do("POST", "/events", "["+batchEvent("1", "homing.work", `"y"`)+"]", "Content-Type", batchType)
		if got.status != http.StatusOK || strings.Contains(string(got.body), "httpstatus") {
			t.Errorf("the batch: %d %s", got.status, got.body)
		}
		if err := a.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// vertices are adapters whose chain runs in other processes.
type vertices struct {
	sending

	keys reply.Keys
	sent chan event.Event
}

func farOver(t *testing.T, store reply.Store, box reply.Mailbox, keys reply.Keys) vertices {
	t.Helper()
	sent := make(chan event.Event, 100)
	carry := carrierFunc(func(ctx context.Context, in event.Event) (carrier.Result, error) {
		sent <- in
		return accept(ctx, in)
	})
	a := polling(t, adapter.Config{Store: store, SharedStore: true, Mailbox: box, ReplyKeys: keys}, served(carry))
	return vertices{sending{a, t}, keys, sent}
}

// call calls the chain, and returns the id of the event that has left, and the
// answer to come.
func (v vertices) call(method, path, body string, headers ...string) (id string, got chan answer) {
	got = make(chan answer, 1)
	go func() { got <- v.do(method, path, body, headers...) }()
	return (<-v.sent).ID(), got
}

func (v vertices) complete(id, data string) answer {
	v.t.Helper()
	parsed, err := reply.ParseID(id)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do("PUT", "/requests/"+id+"/reply", data, "Ce-Specversion", "1.0", "Ce-Id", id, "Ce-Source", "/far", "Ce-Type", "done",
		"Content-Type", "text/plain", "Ce-Replytoken", v.keys.Sign(parsed, time.Now().Add(time.Hour)))
}

// refusedAsTooLarge checks what a vertex is answered that sent such a reply.
func (g answer) refusedAsTooLarge(t *testing.T) {
	t.Helper()
	if p := g.problem(t, http.StatusRequestEntityTooLarge); !strings.Contains(p.Detail, fmt.Sprint(storeLimit)) {
		t.Errorf("the vertex reads %+v", p)
	}
}

func TestReplyOfAVertexThatIsTooLargeForTheStoreIsAnErrorReply(t *testing.T) {
	t.Parallel()
	overBounded(t, func(t *testing.T, _ *bounded, store reply.Store) {
		keys := reply.RandomKeys()
		v, other := farOver(t, store, box, keys), farOver(t, store, box+1, keys)

		id, got := v.call("POST", "/far", "x", "Prefer", "respond-async")
		<-got
		v.complete(id, largeData).refusedAsTooLarge(t)
		v.do("GET", "/requests/"+id, "").tooLarge(t)
		v.complete(id, smallData).problem(t, http.StatusConflict)
		v.do("GET", "/requests/"+id, "").tooLarge(t)

		start := time.Now()
		for _, to := range []vertices{v, other} { // the reply may reach any replica
			for _, headers := range [][]string{{"Idempotency-Key", "k"}, {"Prefer", "respond-async, wait=8"}} {
				if headers[0] == "Idempotency-Key" {
					headers = []string{headers[0], fmt.Sprint(&to)}
				}
				id, got = v.call("POST", "/far", "x", headers...)
				synctest.Wait()
				to.complete(id, largeData).refusedAsTooLarge(t)
				(<-got).tooLarge(t)
			}
		}
		for _, headers := range [][]string{nil, {"Prefer", "wait=8"}} { // nobody else was promised these
			id, got = v.call("POST", "/far", "x", headers...)
			synctest.Wait()
			other.complete(id, largeData).refusedAsTooLarge(t)
			(<-got).tooLarge(t)
			id, got = v.call("POST", "/far", "x", headers...)
			v.complete(id, largeData).is(t, http.StatusNoContent, "")
			(<-got).is(t, http.StatusOK, largeData)
		}
		if took := time.Since(start); took > 8*most {
			t.Errorf("the callers waited for %s", took)
		}

		id, got = v.call("POST", "/events", "["+batchEvent("1", "homing.far", `"y"`)+"]", "Content-Type", batchType)
		synctest.Wait()
		other.complete(id, largeData).refusedAsTooLarge(t)
		var replies []struct {
			CausationID string            `json:"causationid"`
			HTTPStatus  int               `json:"httpstatus,string"`
			Data        functions.Problem `json:"data"`
		}
		if err := json.Unmarshal((<-got).body, &replies); err != nil || len(replies) != 1 || replies[0].HTTPStatus != 500 ||
			replies[0].Data.Title != "Result too large" || replies[0].CausationID != "1" {
			t.Errorf("the batch: %+v, %v", replies, err)
		}
	})
}

func TestCallerWhoWaitsIsAnsweredWhenTheStoreIsAway(t *testing.T) {
	t.Parallel()
	overBounded(t, func(t *testing.T, b *bounded, store reply.Store) {
		a := polling(t, adapter.Config{Store: store}, adapter.Served{Chain: chain("far", echo), Carrier: carrierFunc(
			func(_ context.Context, in event.Event) (carrier.Result, error) {
				return carrier.Result{Event: &in}, nil
			})})
		b.away.Store(true)
		got := sending{a, t}.do("POST", "/far", "x", "Idempotency-Key", "k")
		got.problem(t, http.StatusServiceUnavailable)
		if got.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}
