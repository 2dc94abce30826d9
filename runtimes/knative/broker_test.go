package knative_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// sink takes events, at a broker's ingress or as an adapter's replies, and
// responds by a list; the last entry for ever.
type sink struct {
	t       *testing.T
	url     string
	mu      sync.Mutex
	answers []int
	got     []event.Event
	paths   []string
}

func newSink(t *testing.T, answers ...int) *sink {
	t.Helper()
	s := &sink{t: t, answers: answers}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	ev, rerr := cloudevents.Read(r.Header, body)
	if err := errors.Join(err, rerr); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.paths = append(s.got, ev), append(s.paths, r.Method+" "+r.URL.Path)
	w.WriteHeader(s.answers[min(len(s.got), len(s.answers))-1])
}

func (s *sink) events() []event.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

// only returns the one event that the sink got.
func (s *sink) only(path string) event.Event {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) != 1 || s.paths[0] != path {
		s.t.Fatalf("got %d events, %v; want one, %s", len(s.got), s.paths, path)
	}
	return s.got[0]
}

const replyPath = "/requests/1/reply"

// between starts a vertex between a broker and an adapter.
func between(t *testing.T, steps string, broker, adapter *sink, chains ...functions.Chain) *process {
	t.Helper()
	return start(t, env{
		"HOMING_ROLE": "vertex", "HOMING_STEPS": steps, "HOMING_BROKER_URL": broker.url, "HOMING_REPLY_ALLOW": adapter.url,
	}, chains...)
}

// addressed is a request whose reply is to go to an adapter.
func addressed(slip string, to *sink, attrs ...string) event.Event {
	return request(slip, append([]string{functions.AttrReplyTo, to.url + replyPath, functions.AttrReplyToken, "token"}, attrs...)...)
}

func TestRemainingStepsArePublished(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"accepted": 202, "taken": 200, "no content": 204} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker, adapter := newSink(t, status), newSink(t, 204)
			p := between(t, "letters.a", broker, adapter, letters())
			in := addressed("letters.a,letters.b,letters.c,", adapter)
			if got := p.give(in); got.status != http.StatusNoContent {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			out := broker.only("POST /")
			ext := out.Extensions()
			if string(out.DataEncoded) != "-a" || ext[functions.AttrRoutingSlip] != "letters.b,letters.c," || out.ID() != in.ID() {
				t.Errorf("published %v", out)
			}
			for _, attr := range []string{functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrExpiryTime, functions.AttrCorrelationID} {
				if ext[attr] != in.Extensions()[attr] {
					t.Errorf("attribute %s is %v, was %v", attr, ext[attr], in.Extensions()[attr])
				}
			}
			if len(adapter.events()) != 0 {
				t.Error("the adapter got a reply too early")
			}
		})
	}
}

func drop(context.Context, event.Event) (*event.Event, error) { return nil, nil }

func refuse(context.Context, event.Event) (*event.Event, error) {
	return nil, functions.Errorf(http.StatusConflict, "taken")
}

func TestTheLastVertexCompletes(t *testing.T) {
	t.Parallel()
	exit := func(context.Context, event.Event) (*event.Event, error) {
		runtime.Goexit()
		return nil, nil
	}
	for name, tt := range map[string]struct {
		f      functions.Function
		attrs  []string
		status int
		data   string // a part of it
	}{
		"result":           {appends("a"), nil, 200, "-a"},
		"drop":             {drop, nil, 204, ""},
		"refusal":          {refuse, nil, 409, "taken"},
		"panic":            {func(context.Context, event.Event) (*event.Event, error) { panic("secret") }, nil, 500, "panicked"},
		"goexit":           {exit, nil, 500, "the log tells more"},
		"deadline is over": {appends("a"), []string{functions.AttrExpiryTime, "2001-01-01T00:00:00Z"}, 504, "deadline"},
		"cannot be written": {func(_ context.Context, in event.Event) (*event.Event, error) {
			contentType := "application/cloudevents+json"
			in.Context = &event.EventContextV1{DataContentType: &contentType}
			return &in, nil
		}, nil, 500, "cannot be sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker, adapter := newSink(t, 202), newSink(t, 204)
			p := between(t, "", broker, adapter, single("f", tt.f))
			in := addressed("f.work,", adapter, tt.attrs...)
			if got := p.give(in); got.status != http.StatusNoContent {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			out := adapter.only("PUT " + replyPath)
			status, ok := functions.Status(out)
			if status != tt.status || !ok || !bytes.Contains(out.DataEncoded, []byte(tt.data)) || bytes.Contains(out.DataEncoded, []byte("secret")) {
				t.Errorf("completed with %v", out)
			}
			if ext := out.Extensions(); ext[functions.AttrReplyToken] != "token" || ext[functions.AttrCorrelationID] != in.ID() {
				t.Errorf("completed with the attributes %v", ext)
			}
			if len(broker.events()) != 0 {
				t.Error("the broker got an event of a chain that has ended")
			}
		})
	}
}

// A step in the middle that fails or drops the event ends the request.
func TestAChainThatEndsEarlyIsCompleted(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]functions.Function{
		"drop":    drop,
		"refusal": refuse,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker, adapter := newSink(t, 202), newSink(t, 204)
			c := letters()
			c.Steps[0].Function = f
			p := between(t, "letters.a", broker, adapter, c)
			if got := p.give(addressed("letters.a,letters.b,", adapter)); got.status != http.StatusNoContent {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			adapter.only("PUT " + replyPath)
			if len(broker.events()) != 0 {
				t.Error("the next step got the event")
			}
		})
	}
}

// What the broker gets decides whether it delivers again: a success or a 4xx
// other than 404, 408, 409 and 429 ends the delivery.
func TestAnswersOfTheAdapterDecideTheDelivery(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answers []int
		status  int
		replies int
	}{
		"taken":               {[]int{204}, 204, 1},
		"completed before":    {[]int{409}, 204, 1},
		"not wanted any more": {[]int{410}, 204, 1},
		"superseded":          {[]int{412, 204}, 503, 1}, // without the type of its problem it is no answer of an adapter
		"token refused":       {[]int{403}, 403, 1},
		"another replica":     {[]int{421, 421, 204}, 204, 3},
		"always another one":  {[]int{421}, 421, 5},
		"restarts":            {[]int{503, 502, 204}, 204, 3},
		"too large":           {[]int{413, 204}, 204, 2},
		"cannot be read":      {[]int{400, 204}, 204, 2},
		"header too large":    {[]int{431, 204}, 204, 2},
		"refuses everything":  {[]int{413}, 503, 2},
		"redirected":          {[]int{307}, 503, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter := newSink(t, tt.answers...)
			p := between(t, "", newSink(t, 202), adapter, letters())
			if got := p.give(addressed("letters.a,letters.b,letters.c,", adapter)); got.status != tt.status {
				t.Errorf("got %d %s, want %d", got.status, got.body, tt.status)
			}
			replies := adapter.events()
			if len(replies) != tt.replies {
				t.Fatalf("%d replies, want %d", len(replies), tt.replies)
			}
			for n, ev := range replies {
				status, _ := functions.Status(ev)
				if refused := n > 0 && tt.answers[0]/100 == 4 && tt.answers[0] != 421; (status == 500) != refused {
					t.Errorf("reply %d has status %d", n+1, status)
				}
			}
		})
	}
}

func TestAnAdapterThatIsDownHasTheEventDeliveredAgain(t *testing.T) {
	t.Parallel()
	adapter := newSink(t, 503)
	p := between(t, "", newSink(t, 202), adapter, letters())
	ev := addressed("letters.a,", adapter, functions.AttrExpiryTime, time.Now().Add(time.Second).Format(time.RFC3339Nano))
	got := p.give(ev)
	got.problem(t, http.StatusServiceUnavailable)
	if len(adapter.events()) < 3 {
		t.Errorf("tried %d times", len(adapter.events()))
	}
}

func TestABrokerThatRefusesTheResultEndsTheRequest(t *testing.T) {
	t.Parallel()
	broker, adapter := newSink(t, 413), newSink(t, 204)
	p := between(t, "letters.a", broker, adapter, letters())
	if got := p.give(addressed("letters.a,letters.b,", adapter)); got.status != http.StatusNoContent {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if status, _ := functions.Status(adapter.only("PUT " + replyPath)); status != http.StatusInternalServerError {
		t.Errorf("completed with %d", status)
	}
}

func TestAReplyGoesNowhereElse(t *testing.T) {
	t.Parallel()
	other := newSink(t, 204)
	for name, tt := range map[string]struct {
		attrs  []string
		status int
	}{
		"not on the list":  {[]string{functions.AttrReplyTo, other.url + replyPath, functions.AttrReplyToken, "token"}, 403},
		"no URL":           {[]string{functions.AttrReplyTo, "://", functions.AttrReplyToken, "token"}, 403},
		"below, with dots": {[]string{functions.AttrReplyTo, "DOTS", functions.AttrReplyToken, "token"}, 403},
		"no address":       {[]string{functions.AttrReplyToken, "token"}, 400},
		"no token":         {[]string{functions.AttrReplyTo, other.url}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter := newSink(t, 204)
			for i := range tt.attrs {
				tt.attrs[i] = strings.Replace(tt.attrs[i], "DOTS", adapter.url+"/../admin", 1)
			}
			p := between(t, "", newSink(t, 202), adapter, letters())
			p.give(request("letters.a,", tt.attrs...)).problem(t, tt.status)
			if len(adapter.events())+len(other.events()) != 0 {
				t.Error("somebody got a reply")
			}
		})
	}
}

func TestAMalformedRestIsRefusedBeforeAnyStepRuns(t *testing.T) {
	t.Parallel()
	adapter := newSink(t, 204)
	p := between(t, "", newSink(t, 202), adapter, single("f", func(context.Context, event.Event) (*event.Event, error) {
		t.Error("the step ran")
		return nil, nil
	}))
	p.give(addressed("f.work,rest", adapter)).problem(t, http.StatusBadRequest)
}

func TestNothingIsForwardedForABrokerThatHasGone(t *testing.T) {
	t.Parallel()
	o := newObedient()
	broker, adapter := newSink(t, 202), newSink(t, 204)
	p := between(t, "", broker, adapter, single("wait", o.function))
	ctx, cancel := context.WithCancel(t.Context())
	req := p.post(ctx, addressed("wait.work,", adapter))
	failed := make(chan error, 1)
	go func() {
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-o.entered
	cancel()
	<-o.ended
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the broker got %v", err)
	}
	if err := p.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(broker.events())+len(adapter.events()) != 0 {
		t.Error("it was carried on, and will be once more when the event is delivered again")
	}
}
