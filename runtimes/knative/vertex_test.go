package knative_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/knative"
)

func vertexOf(steps string) env { return env{"HOMING_ROLE": "vertex", "HOMING_STEPS": steps} }

func TestAVertexRunsWhatTheSlipAsksFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		steps, slip string
		data        string
		status      int
	}{
		"all":               {"", "letters.a,letters.b,letters.c,", "-abc", 200},
		"by star":           {"*", "letters.a,letters.b,letters.c,", "-abc", 200},
		"by chain":          {"letters.*", "letters.a,letters.b,letters.c,", "-abc", 200},
		"one":               {"", "letters.b,", "-b", 200},
		"the first two":     {"", "letters.a,letters.b,", "-ab", 200},
		"the last two":      {"", "letters.b,letters.c,", "-bc", 200},
		"one of one":        {"letters.b", "letters.b,", "-b", 200},
		"not its step":      {"letters.b", "letters.a,", "", 404},
		"more than it has":  {"letters.a,letters.b", "letters.a,letters.b,letters.c,", "", 404},
		"with a gap":        {"letters.a,letters.c", "letters.a,letters.b,letters.c,", "", 404},
		"out of order":      {"", "letters.b,letters.a,", "", 404},
		"twice":             {"", "letters.a,letters.a,", "", 404},
		"another chain's":   {"", "letters.a,other.work,", "", 404},
		"unknown chain":     {"", "nobody.a,", "", 404},
		"unknown step":      {"", "letters.z,", "", 404},
		"without its comma": {"", "letters.a", "", 400},
		"malformed behind":  {"", "letters.a,letters.b", "", 400},
		"no step":           {"", "letters,", "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, vertexOf(tt.steps), letters(), single("other", appends("x")))
			got := p.give(request(tt.slip))
			if tt.status != http.StatusOK {
				got.problem(t, tt.status)
				return
			}
			if got.status != tt.status || string(got.body) != tt.data {
				t.Errorf("got %d %s", got.status, got.body)
			}
			for _, attr := range []string{"Ce-Routingslip", "Ce-Replyto", "Ce-Replytoken"} {
				if got.header.Get(attr) != "" {
					t.Errorf("%s is in the answer", attr)
				}
			}
		})
	}
}

func TestAVertexRefusesWhatIsNoEventForIt(t *testing.T) {
	t.Parallel()
	p := start(t, vertexOf(""), letters())
	const structured = "application/cloudevents+json"
	for name, tt := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
	}{
		"no event": {"POST", "/", "x", nil, 400},
		"no slip":  {"POST", "/", `{"specversion":"1.0","id":"1","source":"/s","type":"t"}`, []string{"Content-Type", structured}, 400},
		"slip no text": {
			"POST", "/", `{"specversion":"1.0","id":"1","source":"/s","type":"t","routingslip":7}`, []string{"Content-Type", structured}, 400,
		},
		"cut JSON":         {"POST", "/", `{"specversion":`, []string{"Content-Type", structured}, 400},
		"no id":            {"POST", "/", "", []string{"Ce-Specversion", "1.0", "Ce-Source", "/s", "Ce-Type", "t"}, 400},
		"another version":  {"POST", "/", "", []string{"Ce-Specversion", "0.3", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "t"}, 400},
		"batch":            {"POST", "/", "[]", []string{"Content-Type", "application/cloudevents-batch+json"}, 415},
		"unknown format":   {"POST", "/", "x", []string{"Content-Type", "application/cloudevents+avro"}, 415},
		"GET":              {"GET", "/", "", nil, 405},
		"PUT":              {"PUT", "/", "", nil, 405},
		"another path":     {"POST", "/events", "", nil, 404},
		"POST on health":   {"POST", "/health/readiness", "", nil, 405},
		"path of adapters": {"PUT", "/requests/1/reply", "", nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, tt.method, p.url+tt.path, tt.body, tt.headers...)
			got.problem(t, tt.status)
			if allow := got.header.Get("Allow"); (tt.status == http.StatusMethodNotAllowed) != (allow != "") {
				t.Errorf("Allow: %q", allow)
			}
		})
	}
}

func TestAVertexRefusesAnEventThatIsTooLargeBeforeItIsSent(t *testing.T) {
	t.Parallel()
	p := start(t, vertexOf(""), letters())
	conn := dial(t, p.url)
	conn.say("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + strconv.Itoa(32<<20+1) + "\r\n\r\n")
	if head := conn.read(); !strings.HasPrefix(head, "HTTP/1.1 413 ") || !strings.Contains(head, "Connection: close") {
		t.Errorf("got %q", head)
	}
}

func TestAVertexAnswersForEveryEndOfAFunction(t *testing.T) {
	t.Parallel()
	fail := func(err error) functions.Function {
		return func(context.Context, event.Event) (*event.Event, error) { return nil, err }
	}
	for name, tt := range map[string]struct {
		f      functions.Function
		status int
		detail string
	}{
		"refusal": {fail(functions.Errorf(http.StatusConflict, "taken")), 409, "taken"},
		"error":   {fail(errors.New("secret")), 500, "the log tells more"},
		"panic":   {func(context.Context, event.Event) (*event.Event, error) { panic("secret") }, 500, "panicked"},
		"goexit": {func(context.Context, event.Event) (*event.Event, error) {
			runtime.Goexit()
			return nil, nil
		}, 500, "the log tells more"},
		"result that cannot be written": {func(_ context.Context, in event.Event) (*event.Event, error) {
			contentType := "application/cloudevents+json"
			in.Context = &event.EventContextV1{DataContentType: &contentType}
			return &in, nil
		}, 500, "the log tells more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, vertexOf(""), single("f", tt.f))
			ev := request("f.work,")
			got := p.give(ev).problem(t, tt.status)
			if !strings.Contains(got.Detail, tt.detail) || strings.Contains(got.Detail, "secret") || got.Step != "work" || got.RequestID != ev.ID() {
				t.Errorf("problem %+v", got)
			}
			if p.Drain(t.Context()) != nil {
				t.Error("the event still counts as running")
			}
		})
	}
}

func TestAVertexAnswersADropWithNoContent(t *testing.T) {
	t.Parallel()
	p := start(t, vertexOf(""), single("drop", func(context.Context, event.Event) (*event.Event, error) {
		return nil, nil
	}))
	if got := p.give(request("drop.work,")); got.status != http.StatusNoContent || len(got.body) != 0 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestAVertexHandsRetryAfterOn(t *testing.T) {
	t.Parallel()
	p := start(t, vertexOf(""), single("busy", func(context.Context, event.Event) (*event.Event, error) {
		return nil, &functions.Error{Problem: functions.Problem{Status: 429, Detail: "slow down"}, RetryAfter: 90 * time.Second}
	}))
	got := p.give(request("busy.work,"))
	got.problem(t, http.StatusTooManyRequests)
	if got.header.Get("Retry-After") != "90" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
}

func TestTheDeadlineOfTheEventHolds(t *testing.T) {
	t.Parallel()
	for name, expiry := range map[string]string{
		"in the past":     "2001-01-01T00:00:00Z",
		"in a moment":     time.Now().Add(300 * time.Millisecond).Format(time.RFC3339Nano),
		"in another zone": time.Now().In(time.FixedZone("", 3600)).Format(time.RFC3339Nano),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, vertexOf(""), single("wait", func(ctx context.Context, _ event.Event) (*event.Event, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}))
			p.give(request("wait.work,", functions.AttrExpiryTime, expiry)).problem(t, http.StatusGatewayTimeout)
		})
	}
}

func TestAnEventWithoutADeadlineHasThatOfItsChain(t *testing.T) {
	t.Parallel()
	left := make(chan time.Duration, 2)
	p := start(t, vertexOf(""), single("f", func(ctx context.Context, in event.Event) (*event.Event, error) {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		return &in, nil
	}))
	for _, spoil := range []any{nil, "soon"} {
		ev := request("f.work,")
		ev.SetExtension(functions.AttrExpiryTime, spoil)
		if got := p.give(ev); got.status != http.StatusOK {
			t.Fatalf("got %d %s", got.status, got.body)
		}
		if d := <-left; d > 10*time.Second || d < 5*time.Second {
			t.Errorf("%v: %s left", spoil, d)
		}
	}
}

func TestStepsKeepOneLimitWhereverTheRunStarts(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int32
	entered, open := make(chan struct{}, 10), make(chan struct{})
	c := letters()
	c.Steps[1].Policy.Concurrency.Max = 1
	c.Steps[1].Function = func(ctx context.Context, in event.Event) (*event.Event, error) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		entered <- struct{}{}
		select {
		case <-open:
		case <-ctx.Done():
		}
		return &in, nil
	}
	p := start(t, vertexOf(""), c)
	done := make(chan answer, 4)
	for _, slip := range []string{"letters.a,letters.b,", "letters.b,", "letters.b,letters.c,", "letters.a,letters.b,letters.c,"} {
		go func() { done <- p.give(request(slip)) }()
	}
	<-entered
	close(open)
	for range 4 {
		if got := <-done; got.status != http.StatusOK {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}
	if most.Load() != 1 {
		t.Errorf("step b ran %d times at once", most.Load())
	}
}

func TestADrainingVertexFinishesWhatRunsAndTakesNoMore(t *testing.T) {
	t.Parallel()
	entered, open := make(chan struct{}), make(chan struct{})
	p := start(t, vertexOf(""), single("wait", func(_ context.Context, in event.Event) (*event.Event, error) {
		entered <- struct{}{}
		<-open
		return &in, nil
	}))
	if got := do(t, "GET", p.url+"/health/readiness", ""); got.status != 200 || string(got.body) != "READY\n" || !p.Ready() {
		t.Errorf("before: %d %s", got.status, got.body)
	}
	first := make(chan answer, 1)
	go func() { first <- p.give(request("wait.work,")) }()
	<-entered

	cut := errors.New("no time left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cut)
	if err := p.Drain(ctx); !errors.Is(err, cut) {
		t.Errorf("Drain gives %v while an event is worked on", err)
	}
	for method, path := range map[string]string{"GET": "/health/readiness", "POST": "/"} {
		got := do(t, method, p.url+path, "")
		got.problem(t, http.StatusServiceUnavailable)
		if got.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
	if got := do(t, "GET", p.url+"/health/liveness", ""); got.status != 200 || string(got.body) != "ALIVE\n" || p.Ready() {
		t.Errorf("while it drains: %d %s", got.status, got.body)
	}
	close(open)
	if err := p.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-first; got.status != http.StatusOK {
		t.Errorf("the event in flight: %d %s", got.status, got.body)
	}
	if err := p.Drain(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestAVertexServesItsMetrics(t *testing.T) {
	t.Parallel()
	p := start(t, vertexOf(""), letters())
	p.give(request("letters.a,"))
	if got := do(t, "GET", p.url+"/metrics", ""); got.status != 200 || !strings.Contains(string(got.body), `step="a"`) {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestAVertexWithStepsThatNoChainHasIsNotMade(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]string{
		"step": {"letters.z"}, "chain": {"nobody.*"}, "one of several": {"letters.a", "letters.bb"}, "no pattern": {"letters"},
	} {
		cfg, err := knative.FromEnv(vertexOf(strings.Join(steps, ",")).environ())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := knative.New(cfg, []functions.Chain{letters()}, knative.Options{}); err == nil ||
			!strings.Contains(err.Error(), "HOMING_STEPS") || !strings.Contains(err.Error(), steps[len(steps)-1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
