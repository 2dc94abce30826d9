package adapter_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// limited is an adapter in simulated time, whose tenants are named by their tokens.
type limited struct {
	t *testing.T
	a *adapter.Adapter
}

// secretOf is the token of a tenant.
func secretOf(tenant string) string { return tenant + strings.Repeat("-", adapter.MinTokenLength) }

func newLimited(t *testing.T, cfg adapter.Config, chains ...functions.Chain) limited {
	t.Helper()
	for _, tenant := range []string{"a", "b", "c"} {
		cfg.Tokens = append(cfg.Tokens, adapter.Token{Tenant: tenant, Secret: secretOf(tenant)})
	}
	cfg.Logger = slog.New(slog.DiscardHandler)
	if cfg.Store == nil {
		cfg.Store = memory.New(memory.Options{})
	}
	a, err := runtimes.Inline(chains, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return limited{t, a}
}

func (l limited) call(tenant, path string, body io.Reader, headers ...string) answer {
	r := httptest.NewRequestWithContext(l.t.Context(), http.MethodPost, path, body)
	r.Header.Set("Authorization", "Bearer "+secretOf(tenant))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	l.a.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

func (l limited) get(tenant, path string) answer {
	r := httptest.NewRequestWithContext(l.t.Context(), http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+secretOf(tenant))
	w := httptest.NewRecorder()
	l.a.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

// calls sends n calls and returns how many were answered with 200.
func (l limited) calls(n int, tenant, path string) (passed int) {
	for range n {
		if l.call(tenant, path, strings.NewReader("x")).status == http.StatusOK {
			passed++
		}
	}
	return passed
}

func rated(name string, r functions.Rate) functions.Chain {
	c := chain(name, echo)
	c.Rate = r
	return c
}

func TestAChainTakesSoManyCallsOfATenant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t, adapter.Config{}, rated("own", functions.Rate{Requests: 10, Per: time.Minute, Burst: 20}),
			rated("all", functions.Rate{Requests: 10, Per: time.Minute, By: functions.RateByChain}), chain("free", echo))
		if a, b := l.calls(30, "a", "/own"), l.calls(30, "b", "/own"); a != 20 || b != 20 {
			t.Errorf("of their own quotas a and b have got %d and %d", a, b)
		}
		if a, b := l.calls(7, "a", "/all"), l.calls(7, "b", "/all"); a != 7 || b != 3 {
			t.Errorf("of the quota of all, a and b have got %d and %d", a, b)
		}
		if n := l.calls(100, "a", "/free"); n != 100 {
			t.Errorf("a chain without a quota took %d of 100 calls", n)
		}
		time.Sleep(time.Minute)
		if n := l.calls(30, "a", "/own"); n != 10 {
			t.Errorf("a minute later %d", n)
		}
		time.Sleep(time.Hour)
		if n := l.calls(30, "a", "/own"); n != 20 {
			t.Errorf("an hour later %d", n)
		}
	})
}

func TestAnAnswerNamesWhatIsLeftOfItsQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t, adapter.Config{Quotas: map[string]adapter.Quota{
			"b":                  {Rate: functions.Rate{Requests: 100, Per: time.Hour, Burst: 150}},
			adapter.OtherTenants: {},
		}}, rated("slow", functions.Rate{Requests: 2, Per: 10 * time.Second}), chain("free", echo))
		check := func(got answer, status int, limit, policy, after string) answer {
			t.Helper()
			h := got.header
			if got.status != status || h.Get("Ratelimit") != limit || h.Get("Ratelimit-Policy") != policy || h.Get("Retry-After") != after {
				t.Errorf("got %d %v: %s", got.status, h, got.body)
			}
			return got
		}
		const slow = `"chain";q=2;w=10`
		x := func() io.Reader { return strings.NewReader("x") }
		check(l.call("a", "/slow", x()), 200, `"chain";r=1;t=5`, slow, "")
		check(l.call("a", "/slow", x()), 200, `"chain";r=0;t=10`, slow, "")
		time.Sleep(1500 * time.Millisecond)
		p := check(l.call("a", "/slow", x()), 429, `"chain";r=0;t=9`, slow, "4").problem(t, 429)
		if p.Type != "https://iana.org/assignments/http-problem-types#quota-exceeded" ||
			p.Detail != `the quota "chain" of 2 calls in 10s is used up; try again later` {
			t.Errorf("got %+v", p)
		}
		time.Sleep(3500 * time.Millisecond)
		check(l.call("a", "/slow", x()), 200, `"chain";r=0;t=10`, slow, "")
		check(l.call("b", "/slow", x()), 200, `"tenant";r=149;t=36, "chain";r=1;t=5`, `"tenant";q=100;w=3600, `+slow, "")
		check(l.call("b", "/free", x()), 200, `"tenant";r=148;t=72`, `"tenant";q=100;w=3600`, "")
		check(l.call("a", "/free", x()), 200, "", "", "")
	})
}

func TestATenantRunsSoManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleep := chain("sleep", func(_ context.Context, in event.Event) (*event.Event, error) {
			time.Sleep(time.Second)
			return &in, nil
		})
		l := newLimited(t, adapter.Config{Quotas: map[string]adapter.Quota{adapter.OtherTenants: {Concurrency: 2}, "c": {}}}, sleep)
		for range 2 { // what has ended is not counted
			status := make(chan int, 12)
			for _, tenant := range []string{"a", "b", "c"} {
				for range 4 {
					go func() { status <- l.call(tenant, "/sleep", strings.NewReader("x"), "Prefer", "respond-async").status }()
				}
			}
			got := map[int]int{}
			for range 12 {
				got[<-status]++
			}
			if got[202] != 8 || got[429] != 4 {
				t.Errorf("got %v", got)
			}
			time.Sleep(2 * time.Second)
		}
		if got := l.call("a", "/sleep", strings.NewReader("x"), "Idempotency-Key", ""); got.status != 400 {
			t.Errorf("got %d", got.status)
		}
		if n := l.calls(3, "a", "/sleep"); n != 3 {
			t.Errorf("after a call that was invalid, %d of 3 ran", n)
		}
	})
}

// unread fails if anybody reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestAQuotaIsCheckedBehindTheTokenAndBeforeTheBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := functions.Rate{Requests: 1, Per: time.Hour}
		l := newLimited(t, adapter.Config{Quotas: map[string]adapter.Quota{"b": {Rate: one}}}, rated("one", one), chain("free", echo))
		l.call("nobody", "/one", strings.NewReader("x")).problem(t, 401)
		l.call("a", "/one", strings.NewReader("x")).is(t, 200, "x")
		l.call("a", "/one", unread{t}).problem(t, 429)
		l.call("b", "/free", strings.NewReader("x")).is(t, 200, "x")
		l.call("b", "/one", unread{t}).problem(t, 429)
		l.call("b", "/events", unread{t}, "Content-Type", "application/cloudevents+json").problem(t, 429)
		if got := l.call("a", "/one", unread{t}); !strings.Contains(got.header.Get("Ratelimit"), "r=0") {
			t.Errorf("header %v", got.header)
		}
	})
}

func TestAReplayCountsAsACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimited(t, adapter.Config{}, rated("two", functions.Rate{Requests: 2, Per: time.Hour}))
		key := []string{"Idempotency-Key", `"k"`}
		l.call("a", "/two", strings.NewReader("x"), key...).is(t, 200, "x")
		if got := l.call("a", "/two", strings.NewReader("x"), key...); got.status != 200 || got.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("got %d %v", got.status, got.header)
		}
		l.call("a", "/two", strings.NewReader("x"), key...).problem(t, 429)
		time.Sleep(time.Hour)
		l.call("a", "/two", strings.NewReader("x")).is(t, 200, "x")
	})
}

func TestEveryEventOfABatchCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := rated("two", functions.Rate{Requests: 2, Per: time.Hour})
		l := newLimited(t, adapter.Config{}, c)
		one := `{"specversion":"1.0","id":"1","source":"/c","type":"` + c.WithDefaults().Type + `","data":{}}`
		got := l.call("a", "/events", strings.NewReader("["+one+","+one+","+one+"]"), "Content-Type", "application/cloudevents-batch+json")
		if n := strings.Count(string(got.body), `"status":429`); got.status != 200 || n != 1 {
			t.Errorf("got %d, and %d events were refused: %s", got.status, n, got.body)
		}
		if got.header.Get("Ratelimit") != "" {
			t.Errorf("header %v", got.header)
		}
	})
}

func TestQuotasThatAreInvalidAreRefused(t *testing.T) {
	t.Parallel()
	for want, q := range map[string]adapter.Quota{
		"a number is negative":                   {Rate: functions.Rate{Requests: -1}},
		"the number of requests is missing":      {Rate: functions.Rate{Burst: 5}},
		"per: 1.5s is not a whole number":        {Rate: functions.Rate{Requests: 1, Per: 1500 * time.Millisecond}},
		`by: "user" is neither tenant nor chain`: {Rate: functions.Rate{Requests: 1, By: "user"}},
		"the concurrency is negative":            {Concurrency: -1},
	} {
		_, err := adapter.New(adapter.Config{Store: memory.New(memory.Options{}), Quotas: map[string]adapter.Quota{"shop": q}})
		if err == nil || !strings.Contains(err.Error(), `the quota of tenant "shop": `+want) {
			t.Errorf("got the error %v, want %s", err, want)
		}
	}
	_, err := runtimes.Inline([]functions.Chain{rated("x", functions.Rate{Burst: 5})}, adapter.Config{Store: memory.New(memory.Options{})})
	if err == nil || !strings.Contains(err.Error(), `chain "x": rate: the number of requests is missing`) {
		t.Errorf("got the error %v", err)
	}
}
