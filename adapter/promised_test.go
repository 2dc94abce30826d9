package adapter_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// async is an asynchronous call, in the headers of a request.
func async() []string { return []string{"Prefer", "respond-async"} }

func TestABacklogIsOfWhatWasAcceptedAndHasNotEnded(t *testing.T) {
	t.Parallel()
	e := far(t, setup{cfg: adapter.Config{Quotas: map[string]adapter.Quota{adapter.OtherTenants: {Backlog: 2}}}})
	begin := func(status int) (id string) {
		t.Helper()
		if got := <-e.call(async()...); got.status != status {
			t.Fatalf("got %d: %s", got.status, got.body)
		}
		if status == http.StatusAccepted {
			id = (<-e.sent).ID()
		}
		return id
	}
	first, second := begin(202), begin(202)
	got := <-e.call(async()...)
	if p := got.problem(t, 429); p.Type != "https://iana.org/assignments/http-problem-types#quota-exceeded" || got.header.Get("Retry-After") != "1" ||
		p.Detail != `the quota "backlog" is used up: 2 calls of this tenant were accepted and have not ended, as many as may; try again later` {
		t.Errorf("got %v: %+v", got.header, p)
	}
	if got := <-e.call("Prefer", "wait=0"); got.status != http.StatusAccepted {
		t.Errorf("a call whose caller would have waited was answered with %d", got.status)
	}
	<-e.sent
	e.complete(first, "there")
	third := begin(202)
	begin(429)
	e.do("DELETE", "/requests/"+second, "")
	begin(202)
	begin(429)
	e.complete(third, "there")
	e.complete(third, "again")
	begin(202)
	begin(429)
}

func TestABacklogForgetsWhatIsOverdue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		w := &away{t: t, store: store}
		c := chain("far", echo)
		c.AsyncTimeout, c.Backlog = time.Minute, 3
		a := polling(t, adapter.Config{Store: store}, adapter.Served{Chain: c, Carrier: w})
		begin := func(n, want int) {
			t.Helper()
			got := 0
			for range n {
				if r, _ := ask(t, a, http.MethodPost, "/far", async()...); r.Code == http.StatusAccepted {
					got++
				} else if !strings.Contains(r.Body.String(), `the quota \"chain-backlog\" is used up: 3 calls of this chain`) {
					t.Errorf("got %d %s", r.Code, r.Body)
				}
			}
			if got != want {
				t.Errorf("%d were accepted, want %d", got, want)
			}
		}
		begin(5, 3)
		time.Sleep(59 * time.Second)
		begin(1, 0)
		time.Sleep(2 * time.Second)
		begin(1, 0) // this one finds out
		w.takes = time.Second
		begin(5, 3)
		time.Sleep(2 * time.Second) // their replies are in a store that does not notify
		begin(1, 0)
		synctest.Wait()
		begin(5, 3)
		time.Sleep(2 * time.Second)
	})
}

func TestAChainRunsSoManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleep := chain("sleep", func(_ context.Context, in event.Event) (*event.Event, error) {
			time.Sleep(time.Second)
			return &in, nil
		})
		sleep.Concurrency = 3
		l := newLimited(t, adapter.Config{}, sleep, chain("free", echo))
		statuses := make(chan int, 8)
		for _, tenant := range []string{"a", "b"} {
			for range 4 {
				go func() { statuses <- l.call(tenant, "/sleep", strings.NewReader("x")).status }()
			}
		}
		synctest.Wait()
		got := l.call("a", "/sleep", unread{t})
		if p := got.problem(t, 429); p.Detail != `the quota "chain-concurrency" is used up: 3 calls of this chain run, as many as may; try again later` {
			t.Errorf("got %+v", p)
		}
		if got.header.Get("Ratelimit") != "" {
			t.Errorf("a number of calls is no rate: %v", got.header)
		}
		l.call("a", "/free", strings.NewReader("x")).is(t, 200, "x")
		count := map[int]int{}
		for range 8 {
			count[<-statuses]++
		}
		if count[200] != 3 || count[429] != 5 {
			t.Errorf("got %v", count)
		}
		l.call("a", "/sleep", strings.NewReader("x")).is(t, 200, "x")
	})
}

func TestAStoreKeepsSoManyBytesOfATenant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t, adapter.Config{
			Retention: time.Minute, Quotas: map[string]adapter.Quota{"a": {Bytes: 100_000}, adapter.OtherTenants: {}},
		}, chain("x", echo))
		body := func() *strings.Reader { return strings.NewReader(strings.Repeat("x", 50_000)) }
		l.call("a", "/x", body(), async()...)
		time.Sleep(time.Second)
		got := l.call("a", "/x", body(), async()...)
		if p := got.problem(t, 429); p.Type != "https://iana.org/assignments/http-problem-types#quota-exceeded" || got.header.Get("Retry-After") == "" ||
			!strings.HasPrefix(p.Detail, `the quota "bytes" is used up: the reply store keeps no more than 100000 bytes for this tenant; try again later`) {
			t.Errorf("got %v %+v", got.header, p)
		}
		l.call("a", "/x", strings.NewReader("x")).is(t, 200, "x")
		for range 10 {
			if got := l.call("b", "/x", body(), async()...); got.status != http.StatusAccepted {
				t.Errorf("another tenant has got %d", got.status)
			}
		}
		time.Sleep(time.Hour)
		if got := l.call("a", "/x", body(), async()...); got.status != http.StatusAccepted {
			t.Errorf("when its replies have expired, it has got %d", got.status)
		}
		time.Sleep(time.Second)
		if metrics := string(l.get("a", "/metrics").body); !strings.Contains(metrics, `homing_refusals_total{reason="quota"} 1`) {
			t.Error("the refusal is not counted")
		}
	})
}

func TestBytesAreRefusedWhereTheStoreDoesNotCountThem(t *testing.T) {
	t.Parallel()
	_, err := adapter.New(adapter.Config{Store: struct{ reply.Store }{newShelf()}, Quotas: map[string]adapter.Quota{"shop": {Bytes: 1}}})
	if err == nil || err.Error() != `the quota of tenant "shop": this reply store does not count the bytes that it keeps` {
		t.Errorf("got the error %v", err)
	}
	for want, q := range map[string]adapter.Quota{"the backlog is negative": {Backlog: -1}, "the bytes are less than none": {Bytes: -1}} {
		if _, err := adapter.New(adapter.Config{Store: newShelf(), Quotas: map[string]adapter.Quota{"shop": q}}); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got the error %v, want %s", err, want)
		}
	}
	for _, c := range []functions.Chain{{Concurrency: -1}, {Backlog: -1}} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "a number of calls is negative") {
			t.Errorf("got the error %v", err)
		}
	}
}
