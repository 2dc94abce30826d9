package adapter_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
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

const box = reply.Mailbox(7)

// farAdapter is an adapter of the chain far, which runs in another process.
type farAdapter struct {
	*server

	keys reply.Keys
	sent chan event.Event // what has left for the other process
	then func(context.Context, event.Event) (carrier.Result, error)
}

// Carry implements adapter.Carrier.
func (e *farAdapter) Carry(ctx context.Context, in event.Event, _ func(reply.Progress)) (carrier.Result, error) {
	e.sent <- in
	return e.then(ctx, in)
}

func accept(context.Context, event.Event) (carrier.Result, error) {
	return carrier.Result{Accepted: true}, nil
}

func far(t *testing.T, s setup) *farAdapter {
	t.Helper()
	e := &farAdapter{keys: reply.RandomKeys(), sent: make(chan event.Event, 1000), then: accept}
	store := memory.New(s.store)
	s.cfg.Store, s.cfg.Mailbox, s.cfg.ReplyKeys = store, box, e.keys
	s.cfg.Logger = slog.New(slog.DiscardHandler)
	if len(s.chains) == 0 {
		s.chains = []functions.Chain{chain("far", echo)}
	}
	served := make([]adapter.Served, 0, len(s.chains))
	for _, c := range s.chains {
		served = append(served, adapter.Served{Chain: c, Carrier: e})
	}
	a, err := adapter.New(s.cfg, served...)
	if err != nil {
		t.Fatal(err)
	}
	e.server = s.listen(t, a, store)
	return e
}

// token lets its bearer complete a request.
func (e *farAdapter) token(id string) string {
	parsed, err := reply.ParseID(id)
	if err != nil {
		e.t.Error(err)
	}
	return e.keys.Sign(parsed, time.Now().Add(time.Hour))
}

// complete sends a reply home, as a vertex does.
func (e *farAdapter) complete(id, data string, headers ...string) answer {
	got, err := e.try(e.t.Context(), http.MethodPut, "/requests/"+id+"/reply", strings.NewReader(data), append([]string{
		"Ce-Specversion", "1.0", "Ce-Id", id, "Ce-Source", "/far", "Ce-Type", "done", "Content-Type", "text/plain",
		"Ce-Replytoken", e.token(id), "Ce-Replyto", "http://adapter/", "Ce-Routingslip", "far.work,",
	}, headers...)...)
	if err != nil {
		e.t.Error(err)
	}
	return got
}

// call calls the chain on a goroutine of its own.
func (e *farAdapter) call(headers ...string) <-chan answer {
	done := make(chan answer, 1)
	go func() {
		got, err := e.try(e.t.Context(), http.MethodPost, "/far", strings.NewReader("x"), headers...)
		if err != nil {
			e.t.Error(err)
		}
		done <- got
	}()
	return done
}

func TestReplyOfAnotherProcessIsTheAnswer(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{
		"plain": nil, "wait": {"Prefer", "wait=10"}, "keyed": {"Idempotency-Key", "k"},
		"keyed, wait": {"Idempotency-Key", "k", "Prefer", "wait=10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := far(t, setup{})
			done := e.call(headers...)
			id := (<-e.sent).ID()
			if got := e.complete(id, "there", "Ce-Httpstatus", "201"); got.status != http.StatusNoContent {
				t.Fatalf("the reply: %d %s", got.status, got.body)
			}
			got := <-done
			got.is(t, 201, "there")
			if got.header.Get("X-Request-ID") != id || got.header.Get("Content-Type") != "text/plain" {
				t.Errorf("headers %v", got.header)
			}
			if again := e.complete(id, "again"); again.status != 409 && again.status != 410 {
				t.Errorf("a second reply: %d %s", again.status, again.body)
			}
		})
	}
}

func TestReplyThatIsRefusedDoesNotEndTheRequest(t *testing.T) {
	t.Parallel()
	e := far(t, setup{cfg: adapter.Config{MaxReply: 1000}})
	done := e.call()
	id := (<-e.sent).ID()
	path := "/requests/" + id + "/reply"
	other := reply.NewID(time.Now(), box)
	parsed, err := reply.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	const structured = "application/cloudevents+json"
	ev := func(token string, more ...string) []string {
		return append([]string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "t", "Ce-Replytoken", token}, more...)
	}
	for name, tt := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
	}{
		"no token":            {"PUT", path, "x", []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "t"}, 403},
		"forged token":        {"PUT", path, "x", ev("r.99999999999.AAAA"), 403},
		"token of another":    {"PUT", path, "x", ev(e.keys.Sign(other, time.Now().Add(time.Hour))), 403},
		"token that expired":  {"PUT", path, "x", ev(e.keys.Sign(parsed, time.Now().Add(-time.Minute))), 403},
		"token of other keys": {"PUT", path, "x", ev(reply.RandomKeys().Sign(parsed, time.Now().Add(time.Hour))), 403},
		"token twice":         {"PUT", path, "x", append(ev(e.token(id)), "Ce-Replytoken", "x"), 400},
		"token in the query":  {"PUT", path + "?replytoken=" + e.token(id), "x", ev(""), 403},
		"another replica":     {"PUT", "/requests/" + reply.NewID(time.Now(), box+1).String() + "/reply", "x", ev("x"), 421},
		"no event":            {"PUT", path, "x", nil, 400},
		"cut event":           {"PUT", path, `{"specversion":`, []string{"Content-Type", structured, "Ce-Replytoken", e.token(id)}, 400},
		"token in the body":   {"PUT", path, `{"specversion":"1.0","replytoken":"` + e.token(id) + `"}`, []string{"Content-Type", structured}, 403},
		"status of nobody":    {"PUT", path, "x", ev(e.token(id), "Ce-Httpstatus", "99"), 400},
		"status no number":    {"PUT", path, "x", ev(e.token(id), "Ce-Httpstatus", "fine"), 400},
		"batch":               {"PUT", path, "[]", []string{"Content-Type", "application/cloudevents-batch+json"}, 415},
		"unknown format":      {"PUT", path, "x", []string{"Content-Type", "application/cloudevents+avro"}, 415},
		"too large":           {"PUT", path, strings.Repeat("x", 1001), ev(e.token(id)), 413},
		"no id":               {"PUT", "/requests/17/reply", "x", ev(e.token(id)), 404},
		"POST":                {"POST", path, "x", ev(e.token(id)), 405},
		"never seen":          {"PUT", "/requests/" + other.String() + "/reply", "x", ev(e.keys.Sign(other, time.Now().Add(time.Hour))), 410},
	} {
		got := e.do(tt.method, tt.path, tt.body, tt.headers...)
		if got.status != tt.status {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, tt.status)
			continue
		}
		if p := got.problem(t, tt.status); strings.Contains(p.Detail, e.token(id)) {
			t.Errorf("%s: the problem tells the token", name)
		}
	}
	if len(done) != 0 {
		t.Fatal("a reply that was refused has ended the call")
	}
	if got := e.complete(id, "there"); got.status != http.StatusNoContent {
		t.Errorf("the reply: %d %s", got.status, got.body)
	}
	(<-done).is(t, 200, "there")
}

func TestReplyInStructuredMode(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	done := e.call()
	id := (<-e.sent).ID()
	doc := `{"specversion":"1.0","id":"1","source":"/s","type":"t","replytoken":"` + e.token(id) + `","data":{"n": 1}}`
	got := e.do("PUT", "/requests/"+id+"/reply", doc, "Content-Type", "application/cloudevents+json", "Ce-Replytoken", e.token(id))
	got.is(t, http.StatusNoContent, "")
	(<-done).is(t, 200, `{"n": 1}`)
}

// The reply may overtake the answer of the broker, whatever that is.
func TestReplyThatComesBeforeTheEventIsAcknowledged(t *testing.T) {
	t.Parallel()
	ends := map[string]func(context.Context, event.Event) (carrier.Result, error){
		"accepted": accept,
		"failed": func(context.Context, event.Event) (carrier.Result, error) {
			return carrier.Result{}, functions.Errorf(503, "no answer")
		},
		"no answer": func(context.Context, event.Event) (carrier.Result, error) {
			return carrier.Result{}, context.DeadlineExceeded
		},
		"dropped": func(context.Context, event.Event) (carrier.Result, error) { return carrier.Result{}, nil },
	}
	for name, end := range ends {
		for how, headers := range map[string][]string{"plain": nil, "wait": {"Prefer", "wait=10"}, "keyed": {"Idempotency-Key", "k"}} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				e := far(t, setup{})
				e.then = func(ctx context.Context, in event.Event) (carrier.Result, error) {
					if got := e.complete(in.ID(), "there"); got.status != http.StatusNoContent {
						t.Errorf("the reply: %d %s", got.status, got.body)
					}
					return end(ctx, in)
				}
				(<-e.call(headers...)).is(t, 200, "there")
				if err := e.adapter.Drain(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// The reply is not kept back until the broker has acknowledged the event.
func TestReplyIsTheAnswerWhileTheBrokerIsSilent(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	acknowledged := make(chan struct{})
	e.then = func(ctx context.Context, in event.Event) (carrier.Result, error) {
		<-acknowledged
		return accept(ctx, in)
	}
	done := e.call()
	e.complete((<-e.sent).ID(), "there").is(t, http.StatusNoContent, "")
	(<-done).is(t, 200, "there")
	close(acknowledged)
	if err := e.adapter.Drain(t.Context()); err != nil { // waits for the carrier
		t.Error(err)
	}
}

// A key belongs to the reply that counts, although the broker's answer to the
// same call was a failure that would release it.
func TestFailureBehindAReplyDoesNotGiveItsKeyBack(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	returned := make(chan struct{})
	e.then = func(_ context.Context, in event.Event) (carrier.Result, error) {
		e.complete(in.ID(), "once")
		return carrier.Result{}, functions.Errorf(http.StatusServiceUnavailable, "the broker did not answer")
	}
	(<-e.call("Idempotency-Key", "k")).is(t, 200, "once")
	go func() {
		defer close(returned)
		if err := e.adapter.Drain(context.WithoutCancel(t.Context())); err != nil { // waits for the work
			t.Error(err)
		}
	}()
	<-returned
	if rec := len(e.sent); rec != 1 {
		t.Fatalf("%d events were sent", rec)
	}
	id := (<-e.sent).ID()
	parsed, err := reply.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	holder, err := e.store.Claim(t.Context(), reply.Claim{
		Key: "\x00k", Owner: reply.NewID(now, box), Lease: now.Add(time.Minute), Expires: now.Add(time.Hour),
	})
	if !errors.Is(err, reply.ErrKeyReused) && holder != parsed { // held either way
		t.Errorf("the key is held by %s, %v", holder, err)
	}
}

func TestReplyIsKeptForItsTenant(t *testing.T) {
	t.Parallel()
	shop := []string{"Authorization", "Bearer " + shopToken}
	e := far(t, setup{cfg: adapter.Config{Tokens: []adapter.Token{
		{Tenant: "shop", Secret: shopToken}, {Tenant: "other", Secret: otherToken},
	}}})
	accepted := <-e.call(append(shop, "Prefer", "respond-async")...)
	where := accepted.header.Get("Location")
	id := (<-e.sent).ID()
	if accepted.status != 202 || where != "/requests/"+id {
		t.Fatalf("%d %s", accepted.status, accepted.body)
	}
	e.do("GET", where, "", shop...).status202(t)
	e.complete(id, "mine").is(t, http.StatusNoContent, "")
	e.do("GET", where, "", "Authorization", "Bearer "+otherToken).problem(t, 404)
	e.do("GET", where, "", shop...).is(t, 200, "mine")
	e.complete(id, "again").problem(t, 409)
	e.do("GET", where, "", shop...).is(t, 200, "mine")
}

func (g answer) status202(t *testing.T) {
	t.Helper()
	if g.status != http.StatusAccepted {
		t.Errorf("got %d %s", g.status, g.body)
	}
}

func TestReplyOfACancelledRequestIsNotWanted(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	where := (<-e.call("Prefer", "respond-async")).header.Get("Location")
	id := (<-e.sent).ID()
	e.do("DELETE", where, "").is(t, http.StatusNoContent, "")
	e.complete(id, "late").problem(t, 410)
	e.do("GET", where, "").problem(t, 410)
}

func TestReplyOfACallerThatHasGoneIsNotWanted(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := e.try(ctx, http.MethodPost, "/far", strings.NewReader("x"))
		gone <- err
	}()
	id := (<-e.sent).ID()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := e.adapter.Drain(t.Context()); err != nil { // until the adapter has seen it
		t.Fatal(err)
	}
	e.complete(id, "late").problem(t, 410)
}

func TestKeyJoinsACallThatRunsElsewhere(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	first := e.call("Idempotency-Key", "k")
	id := (<-e.sent).ID()
	second := e.call("Idempotency-Key", "k")
	third := <-e.call("Idempotency-Key", "k", "Prefer", "wait=0")
	if third.status != 202 || third.header.Get("Location") != "/requests/"+id {
		t.Errorf("the third: %d %s", third.status, third.body)
	}
	e.complete(id, "there").is(t, http.StatusNoContent, "")
	(<-first).is(t, 200, "there")
	(<-second).is(t, 200, "there")
	(<-e.call("Idempotency-Key", "k")).is(t, 200, "there")
	if len(e.sent) != 0 {
		t.Errorf("%d more events were sent", len(e.sent))
	}
}

func TestClientDoesNotSeeTheRouteOfAReply(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	for _, mode := range []string{"application/cloudevents+json", "application/json"} {
		done := make(chan answer, 1)
		go func() {
			doc := strings.NewReader(`{"specversion":"1.0","id":"mine","source":"/s","type":"homing.far",` +
				`"replyto":"http://evil/","replytoken":"evil","routingslip":"evil"}`)
			got, err := e.try(t.Context(), "POST", "/events", doc, "Content-Type", "application/cloudevents+json", "Accept", mode)
			if err != nil {
				t.Error(err)
			}
			done <- got
		}()
		in := <-e.sent
		for _, attr := range []string{functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrRoutingSlip} {
			if _, there := in.Extensions()[attr]; there {
				t.Errorf("the client chose %s", attr)
			}
		}
		e.complete(in.ID(), "there").is(t, http.StatusNoContent, "")
		got := <-done
		var all strings.Builder
		if err := got.header.Write(&all); err != nil {
			t.Fatal(err)
		}
		all.Write(got.body)
		if got.status != 200 || !strings.Contains(all.String(), "there") {
			t.Errorf("got %d %s", got.status, all.String())
		}
		for _, attr := range []string{"replyto", "replytoken", "routingslip"} {
			if strings.Contains(strings.ToLower(all.String()), attr) {
				t.Errorf("the client sees %s: %s", attr, all.String())
			}
		}
	}
}

func TestDrainWaitsForTheReplyOfAnotherProcess(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{"plain": nil, "wait": {"Prefer", "wait=10"}, "keyed": {"Idempotency-Key", "k"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := far(t, setup{})
			done := e.call(headers...)
			id := (<-e.sent).ID()
			drained := make(chan error, 1)
			go func() { drained <- e.adapter.Drain(context.WithoutCancel(t.Context())) }()
			e.unready()
			e.complete(id, "there").is(t, http.StatusNoContent, "")
			(<-done).is(t, 200, "there")
			if err := <-drained; err != nil {
				t.Error(err)
			}
		})
		t.Run(name+", cut", func(t *testing.T) {
			t.Parallel()
			e := far(t, setup{})
			accepted := make(chan struct{})
			e.then = func(context.Context, event.Event) (carrier.Result, error) {
				defer close(accepted)
				return carrier.Result{Accepted: true}, nil
			}
			done := e.call(headers...)
			<-e.sent
			<-accepted
			cut := errors.New("no time left")
			ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
			cancel(cut)
			if err := e.adapter.Drain(ctx); !errors.Is(err, cut) {
				t.Errorf("Drain gives %v while a connection waits", err)
			}
			(<-done).problem(t, http.StatusServiceUnavailable)
		})
	}
}

// unready returns when the adapter drains.
func (e *farAdapter) unready() {
	for e.do("GET", "/health/readiness", "").status == http.StatusOK {
		if e.t.Context().Err() != nil {
			return
		}
	}
}

func TestRequestWithoutAReplyInTimeIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := chain("far", echo)
		c.Timeout, c.AsyncTimeout = 200*time.Millisecond, 200*time.Millisecond
		e := far(t, setup{cfg: adapter.Config{Heartbeat: 20 * time.Millisecond}, chains: []functions.Chain{c}, inMemory: true})
		overdue := <-e.call()
		overdue.problem(t, http.StatusGatewayTimeout)
		where := overdue.header.Get("Location")
		id := (<-e.sent).ID()
		if where != "/requests/"+id {
			t.Fatalf("Location %q", where)
		}
		stream, err := e.try(t.Context(), "GET", where, http.NoBody, "Accept", "text/event-stream") // to its end
		if err != nil || !strings.Contains(string(stream.body), "event: problem") || !strings.Contains(string(stream.body), `"status":504`) {
			t.Errorf("the stream: %v %s", err, stream.body)
		}
		e.do("GET", where, "", "Accept", "text/event-stream", "Last-Event-ID", "1002").is(t, http.StatusNoContent, "")
		e.do("GET", where, "").problem(t, http.StatusGatewayTimeout)
		e.complete(id, "late").is(t, http.StatusNoContent, "")
		e.do("GET", where, "").is(t, 200, "late")
	})
}

func TestStreamOfARequestThatRunsElsewhere(t *testing.T) {
	t.Parallel()
	e := far(t, setup{cfg: adapter.Config{Heartbeat: 10 * time.Millisecond}})
	where := (<-e.call("Prefer", "respond-async")).header.Get("Location")
	id := (<-e.sent).ID()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL+where, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := e.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var seen strings.Builder
	buf := make([]byte, 512)
	for !strings.Contains(seen.String(), "heartbeat") { // so it is past the first events
		n, err := resp.Body.Read(buf)
		if err != nil {
			t.Fatalf("%v after %s", err, seen.String())
		}
		seen.Write(buf[:n])
	}
	e.complete(id, "there").is(t, http.StatusNoContent, "")
	rest, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	seen.Write(rest)
	all := seen.String()
	if !strings.Contains(all, "event: accepted") || strings.Count(all, "event: reply") != 1 || !strings.Contains(all, "there") ||
		strings.Contains(all, "replytoken") {
		t.Errorf("the stream: %s", all)
	}
}
