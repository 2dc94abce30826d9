package worker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// shell is a runtime in one of the ways in which an event can come to it.
type shell struct {
	name  string
	waits bool // its sender waits for the answer; else the reply goes to an adapter or a store
	real  bool // it uses real connections, and so real time
	start func(t *testing.T, s setup) vertexUnderTest
}

// setup is what a case needs.
type setup struct {
	chain functions.Chain
	steps string // that the vertex runs; all if empty
	log   *records

	// complete returns the error for the reply number n, counted from 1; nil
	// takes it.
	complete func(n int) error
	// forward is the error for an event that goes on to the next vertex.
	forward error
}

// vertexUnderTest is a vertex of a shell.
type vertexUnderTest interface {
	// send sends an event to the vertex, and returns what became of it.
	send(ctx context.Context, in event.Event) outcome
}

// outcome is what became of an event.
type outcome struct {
	status    int // of the reply, or of the refusal that its sender got; 0: neither
	event     event.Event
	problem   functions.Problem
	again     bool // its sender is told to send it again
	replies   int  // that were taken so far
	tries     int  // to deliver a reply so far
	forwarded []event.Event
	progress  int
}

func shells() []shell {
	return []shell{
		{"knative, http", true, false, startKnative},
		{"knative, broker", false, true, startBrokered},
		{"lambda, sync", true, false, func(t *testing.T, s setup) vertexUnderTest { return startLambda(t, s, "") }},
		{"lambda, async", false, false, func(t *testing.T, s setup) vertexUnderTest { return startLambda(t, s, "store:") }},
		{"inline", true, false, startInline},
	}
}

func (o *outcome) read(t *testing.T, ev event.Event) {
	t.Helper()
	o.event, o.status = ev, http.StatusOK
	if status, ok := functions.Status(ev); ok {
		o.status = status
	}
	if ev.DataContentType() == functions.ProblemContentType {
		if err := json.Unmarshal(ev.DataEncoded, &o.problem); err != nil {
			t.Error(err)
		}
	}
}

// read reads what an HTTP server has answered.
func (o *outcome) readHTTP(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	ev := event.New()
	if w.Code == http.StatusOK && w.Header().Get("Ce-Id") != "" {
		var err error
		if ev, err = cloudevents.Read(w.Header(), w.Body.Bytes()); err != nil {
			t.Error(err)
		}
	} else {
		ev.DataEncoded = w.Body.Bytes()
		ev.SetDataContentType(w.Header().Get("Content-Type"))
		if after := w.Header().Get("Retry-After"); after != "" {
			ev.SetExtension(functions.AttrRetryAfter, after)
		}
	}
	o.read(t, ev)
	o.status = w.Code
}

// post is a request that carries an event.
func post(ctx context.Context, t *testing.T, in event.Event) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(in.DataEncoded))
	if err := cloudevents.SetHeaders(r.Header, in); err != nil {
		t.Fatal(err)
	}
	return r
}

// knativeVertex is a vertex on Knative. home and broker are nil with the
// carrier http.
type knativeVertex struct {
	knative.Service

	t            *testing.T
	home, broker *endpoint
}

func startKnative(t *testing.T, s setup) vertexUnderTest {
	t.Helper()
	return &knativeVertex{Service: newKnative(t, s, map[string]string{}), t: t}
}

func newKnative(t *testing.T, s setup, env map[string]string) knative.Service {
	t.Helper()
	env["HOMING_ROLE"], env["HOMING_STEPS"] = "vertex", s.steps
	cfg, err := knative.FromEnv(environ(env))
	if err != nil {
		t.Fatal(err)
	}
	service, err := knative.New(cfg, []functions.Chain{s.chain}, knative.Options{Logger: slog.New(s.log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	return service
}

func startBrokered(t *testing.T, s setup) vertexUnderTest {
	t.Helper()
	home := newEndpoint(t, s.complete)
	broker := newEndpoint(t, func(int) error { return s.forward })
	service := newKnative(t, s, map[string]string{"HOMING_BROKER_URL": broker.url, "HOMING_REPLY_ALLOW": home.url})
	return &knativeVertex{Service: service, t: t, home: home, broker: broker}
}

func (v *knativeVertex) send(ctx context.Context, in event.Event) outcome {
	if v.home != nil {
		in.SetExtension(functions.AttrReplyTo, v.home.url+"/requests/"+in.ID()+"/reply")
		in.SetExtension(functions.AttrReplyToken, "token")
	}
	w := httptest.NewRecorder()
	v.ServeHTTP(w, post(ctx, v.t, in))
	var out outcome
	if v.home == nil {
		out.readHTTP(v.t, w)
		out.again = ctx.Err() != nil && w.Code == http.StatusServiceUnavailable
		return out
	}
	out.again = w.Code >= http.StatusInternalServerError
	if !out.again && w.Code != http.StatusNoContent {
		out.readHTTP(v.t, w)
	}
	taken, tries := v.home.events()
	for _, ev := range taken {
		out.read(v.t, ev)
	}
	out.replies, out.tries = len(taken), tries
	out.forwarded, _ = v.broker.events()
	return out
}

// endpoint takes events over real connections.
type endpoint struct {
	url    string
	answer func(n int) error

	mu    sync.Mutex
	taken []event.Event
	tries int
}

func newEndpoint(t *testing.T, answer func(n int) error) *endpoint {
	t.Helper()
	e := &endpoint{answer: answer}
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	e.url = srv.URL
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, err := body.ReadFrom(r.Body)
	ev, rerr := cloudevents.Read(r.Header, body.Bytes())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tries++
	failed := errors.Join(err, rerr)
	if failed == nil && e.answer != nil {
		failed = e.answer(e.tries)
	}
	if failed == nil {
		e.taken = append(e.taken, ev)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if p, known := remote.Problem(failed); known {
		problem.Write(w, p)
		return
	}
	if errors.Is(failed, reply.ErrTooLarge) || errors.Is(failed, errForGood) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
}

func (e *endpoint) events() (taken []event.Event, tries int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.taken, e.tries
}

// What an endpoint or the Lambda service answers.
var (
	errForGood = errors.New("it will never be taken")
	errForNow  = errors.New("it is not taken now")
)

// lambdaVertex is a vertex on Lambda. The replies of its events go to a store
// if replyTo says so.
type lambdaVertex struct {
	*lambda.Service

	t       *testing.T
	replyTo string
	setup   setup
	store   reply.Store

	mu        sync.Mutex
	tries     int
	taken     int
	forwarded []event.Event
}

func startLambda(t *testing.T, s setup, replyTo string) vertexUnderTest {
	t.Helper()
	v := &lambdaVertex{t: t, replyTo: replyTo, setup: s, store: memory.New(memory.Options{})}
	env := map[string]string{"HOMING_ROLE": "vertex", "HOMING_TABLE": "replies", "HOMING_STEPS": s.steps}
	if s.steps != "" {
		env["HOMING_VERTICES"] = "*=next"
	}
	cfg, err := lambda.FromEnv(environ(env))
	if err != nil {
		t.Fatal(err)
	}
	v.Service, err = lambda.New(cfg, []functions.Chain{s.chain}, lambda.Clients{Lambda: service{v}},
		lambda.Options{Store: hooked{v.store, v}, Logger: slog.New(s.log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func (v *lambdaVertex) send(ctx context.Context, in event.Event) outcome {
	if v.replyTo != "" {
		in.SetExtension(functions.AttrReplyTo, v.replyTo)
	}
	payload, err := cloudevents.AppendExact(nil, in)
	if err != nil {
		v.t.Fatal(err)
	}
	answer, err := v.Invoke(ctx, payload)
	out := outcome{again: err != nil}
	switch {
	case err != nil:
	case v.replyTo == "" && string(answer) == "null":
		out.status = http.StatusNoContent
	case v.replyTo == "":
		ev, err := cloudevents.Read(http.Header{"Content-Type": {event.ApplicationCloudEventsJSON}}, answer)
		if err != nil {
			v.t.Fatal(err)
		}
		out.read(v.t, ev)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	out.replies, out.tries, out.forwarded = v.taken, v.tries, v.forwarded
	id, err := reply.ParseID(in.ID())
	if err != nil {
		v.t.Fatal(err)
	}
	if rec, err := v.store.Lookup(context.WithoutCancel(ctx), id); err == nil && rec.State == reply.Completed {
		out.read(v.t, rec.Reply.Event)
		out.progress = len(rec.Reply.Progress)
	}
	return out
}

// service is the Lambda service that a vertex sends its events to.
type service struct{ v *lambdaVertex }

func (s service) Invoke(
	_ context.Context, in *awslambda.InvokeInput, _ ...func(*awslambda.Options),
) (*awslambda.InvokeOutput, error) {
	v := s.v
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case errors.Is(v.setup.forward, errForGood):
		return nil, &types.ResourceNotFoundException{}
	case v.setup.forward != nil:
		return nil, &types.TooManyRequestsException{}
	}
	ev, err := cloudevents.Read(http.Header{"Content-Type": {event.ApplicationCloudEventsJSON}}, in.Payload)
	if err != nil {
		return nil, err
	}
	v.forwarded = append(v.forwarded, ev)
	return &awslambda.InvokeOutput{StatusCode: http.StatusAccepted}, nil
}

// hooked is a store that takes a reply only if its vertex lets it.
type hooked struct {
	reply.Store

	v *lambdaVertex
}

func (h hooked) Complete(ctx context.Context, r reply.Reply) error {
	h.v.mu.Lock()
	defer h.v.mu.Unlock()
	h.v.tries++
	if h.v.setup.complete != nil {
		if err := h.v.setup.complete(h.v.tries); err != nil {
			return err
		}
	}
	err := h.Store.Complete(ctx, r)
	if err == nil {
		h.v.taken++
	}
	return err
}

// inline is an adapter that runs the steps itself.
type inline struct {
	*adapter.Adapter

	t    *testing.T
	path string
}

func startInline(t *testing.T, s setup) vertexUnderTest {
	t.Helper()
	s.chain.Timeout = inlineTimeout
	a, err := runtimes.Inline([]functions.Chain{s.chain}, adapter.Config{Store: memory.New(memory.Options{}), Logger: slog.New(s.log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return &inline{a, t, s.chain.Path}
}

// inlineTimeout is that of every chain of an adapter: it sets the deadline of
// an event itself.
const inlineTimeout = time.Second

// brief is until when an event has time whose deadline a test waits for: longer where
// time is real, and the machine may stand still before a step begins.
func (s shell) brief() time.Duration {
	if s.real {
		return 5 * inlineTimeout
	}
	return inlineTimeout
}

func (v *inline) send(ctx context.Context, in event.Event) outcome {
	w := httptest.NewRecorder()
	answered := make(chan struct{})
	go func() { // as a server does: a function may end the goroutine of its connection
		defer close(answered)
		v.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, v.path, bytes.NewReader(in.DataEncoded)))
	}()
	<-answered
	var out outcome
	out.readHTTP(v.t, w)
	return out
}

// environ is vars in the form of os.Environ.
func environ(vars map[string]string) []string {
	var out []string
	for name, value := range vars {
		out = append(out, name+"="+value)
	}
	return out
}
