package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) {
	if os.Getenv(asBootstrap) != "" {
		os.Exit(bootstrap())
	}
	leaks.Main(m)
}

// polled is a store in memory that is polled, as that in DynamoDB is.
type polled struct {
	reply.Store

	mu       sync.Mutex
	complete func(n int) error // what Complete returns in place of the store, unless it is nil
	tries    int
}

func newStore() *polled { return &polled{Store: memory.New(memory.Options{})} }

func (p *polled) Complete(ctx context.Context, r reply.Reply) error {
	p.mu.Lock()
	p.tries++
	n, hook := p.tries, p.complete
	p.mu.Unlock()
	if hook != nil {
		if err := hook(n); err != nil {
			return err
		}
	}
	return p.Store.Complete(ctx, r)
}

func (p *polled) Scan(ctx context.Context, l reply.ScanQuery) (reply.ScanResult, error) {
	var found reply.ScanResult
	replies, err := p.Collect(ctx, l.Box, l.Oldest)
	for _, r := range replies {
		found.Replies = append(found.Replies, reply.Arrival{Reply: r, Written: time.Now()})
	}
	return found, err
}

func (p *polled) Get(ctx context.Context, id reply.ID, _ bool) (reply.GetResult, error) {
	r, err := p.Lookup(ctx, id)
	return reply.GetResult{Record: r, Written: time.Now(), Units: 1}, err
}

// cloud is a Lambda service that invokes other services of a test.
type cloud struct {
	mu        sync.Mutex
	functions map[string]*lambda.Service
	sent      []awslambda.InvokeInput
	fail      error // what Invoke returns, if not nil
	copies    int   // how often an event is delivered once more
	running   sync.WaitGroup
}

func newCloud() *cloud { return &cloud{functions: map[string]*lambda.Service{}} }

func (c *cloud) Invoke(
	_ context.Context, in *awslambda.InvokeInput, _ ...func(*awslambda.Options),
) (*awslambda.InvokeOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, *in)
	if c.fail != nil {
		return nil, c.fail
	}
	f := c.functions[*in.FunctionName]
	if f == nil {
		return nil, &types.ResourceNotFoundException{}
	}
	if in.InvocationType == types.InvocationTypeRequestResponse {
		return c.respond(f, in.Payload), nil
	}
	for range 1 + c.copies {
		c.running.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			_, _ = f.Invoke(ctx, in.Payload)
		})
	}
	return &awslambda.InvokeOutput{StatusCode: http.StatusAccepted}, nil
}

func (*cloud) respond(f *lambda.Service, payload []byte) *awslambda.InvokeOutput {
	out := &awslambda.InvokeOutput{StatusCode: http.StatusOK}
	answer, err := f.Invoke(context.Background(), payload)
	if err != nil {
		unhandled := "Unhandled"
		out.FunctionError = &unhandled
		answer = []byte(strconv.Quote(err.Error()))
	}
	out.Payload = answer
	return out
}

func (c *cloud) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sent)
}

// env is an environment of a function.
type env map[string]string

// environ is e in the form of os.Environ.
func (e env) environ() []string {
	var out []string
	for name, value := range e {
		out = append(out, name+"="+value)
	}
	return out
}

// with is e with other variables, given as names and values.
func (e env) with(pairs ...string) env {
	out := env{"HOMING_TABLE": "replies", "AWS_LAMBDA_FUNCTION_NAME": "self"}
	maps.Copy(out, e)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// deploy adds a function to the cloud.
func (c *cloud) deploy(t *testing.T, name string, e env, store reply.Store, chains ...functions.Chain) *lambda.Service {
	t.Helper()
	cfg, err := lambda.FromEnv(e.with("AWS_LAMBDA_FUNCTION_NAME", name).environ())
	if err != nil {
		t.Fatal(err)
	}
	s, err := lambda.New(cfg, chains, lambda.Clients{Lambda: c}, lambda.Options{Store: store, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.functions[name] = s
	c.mu.Unlock()
	t.Cleanup(func() {
		c.running.Wait()
		s.Close()
	})
	return s
}

// vertexOf is a vertex and its store.
func vertexOf(t *testing.T, e env, chains ...functions.Chain) (*lambda.Service, *polled, *cloud) {
	t.Helper()
	store, c := newStore(), newCloud()
	return c.deploy(t, "vertex", e.with("HOMING_ROLE", "vertex"), store, chains...), store, c
}

// request is an event as an adapter sends it to a vertex; attrs are names and
// values of further attributes.
func request(slip string, attrs ...string) event.Event {
	id := reply.NewID(time.Now(), 7).String()
	ev := event.New()
	ev.SetID(id)
	ev.SetSource("/chains/letters")
	ev.SetType("homing.letters")
	ev.SetExtension(functions.AttrCorrelationID, id)
	ev.SetExtension(functions.AttrExpiryTime, time.Now().Add(10*time.Second).UTC().Format(time.RFC3339Nano))
	ev.SetExtension(functions.AttrRoutingSlip, slip)
	ev.SetExtension(functions.AttrReplyTo, "store:")
	for i := 0; i < len(attrs); i += 2 {
		ev.SetExtension(attrs[i], attrs[i+1])
	}
	ev.SetDataContentType("text/plain")
	ev.DataEncoded = []byte("-")
	return ev
}

// direct is a request whose sender waits for the answer.
func direct(slip string, attrs ...string) event.Event {
	return request(slip, append([]string{functions.AttrReplyTo, ""}, attrs...)...)
}

func encode(t testing.TB, ev event.Event) []byte {
	t.Helper()
	ec := ev.Context.(*event.EventContextV1)
	for name, v := range ec.Extensions {
		if v == "" {
			delete(ec.Extensions, name)
		}
	}
	payload, err := cloudevents.AppendExact(nil, ev)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func decode(t *testing.T, payload []byte) event.Event {
	t.Helper()
	ev, err := cloudevents.Read(http.Header{"Content-Type": {event.ApplicationCloudEventsJSON}}, payload)
	if err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	return ev
}

// replyOf is the reply of the request that ev stands for.
func replyOf(t *testing.T, store reply.Store, ev event.Event) reply.Reply {
	t.Helper()
	id, err := reply.ParseID(ev.ID())
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.Lookup(t.Context(), id)
	if err != nil || r.State != reply.Completed {
		t.Fatalf("no reply: %v %v", r.State, err)
	}
	return r.Reply
}

// problemIn checks that ev is a problem with a status, and returns it.
func problemIn(t *testing.T, ev event.Event, status int) functions.Problem {
	t.Helper()
	var p functions.Problem
	got, _ := functions.Status(ev)
	if err := json.Unmarshal(ev.DataEncoded, &p); err != nil || got != status || p.Status != status || p.Detail == "" ||
		ev.DataContentType() != functions.ProblemContentType {
		t.Fatalf("got %v, want the problem %d", ev, status)
	}
	return p
}

// appends returns a function that adds a letter to the data.
func appends(letter string) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = append(bytes.Clone(in.DataEncoded), letter...)
		return &in, nil
	}
}

// letters is a chain of the steps a, b and c, each of which adds its letter.
func letters() functions.Chain {
	c := functions.Chain{Name: "letters", Method: http.MethodPost, Path: "/letters", Timeout: 10 * time.Second}
	for _, l := range []string{"a", "b", "c"} {
		c.Steps = append(c.Steps, functions.Step{Name: l, Function: appends(l)})
	}
	return c
}

// single is a chain with the one step work.
func single(name string, f functions.Function) functions.Chain {
	return functions.Chain{
		Name: name, Method: http.MethodPost, Path: "/" + name, Timeout: 10 * time.Second,
		Steps: []functions.Step{{Name: "work", Function: f}},
	}
}
