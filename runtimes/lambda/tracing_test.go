package lambda_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// recording is a provider that keeps its spans, and sends them as flush does.
type recording struct {
	*sdk.TracerProvider

	spans *tracetest.SpanRecorder
	flush func(ctx context.Context) error
	sent  int // how many had ended when they were sent last
}

func newRecording() *recording {
	spans := tracetest.NewSpanRecorder()
	return &recording{TracerProvider: sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), spans: spans}
}

func (r *recording) ForceFlush(ctx context.Context) error {
	r.sent = len(r.spans.Ended())
	if r.flush == nil {
		return nil
	}
	return r.flush(ctx)
}

func (r *recording) named(t *testing.T, name string) sdk.ReadOnlySpan {
	t.Helper()
	for _, s := range r.spans.Ended() {
		if s.Name() == name {
			return s
		}
	}
	t.Fatalf("there is no span %s", name)
	return nil
}

func tracedVertex(t *testing.T, traces trace.TracerProvider) *lambda.Service {
	t.Helper()
	cfg, err := lambda.FromEnv(env{}.with("HOMING_ROLE", "vertex").environ())
	if err != nil {
		t.Fatal(err)
	}
	s, err := lambda.New(cfg, []functions.Chain{letters()}, lambda.Clients{Lambda: newCloud()},
		lambda.Options{Store: newStore(), Logger: slog.New(slog.DiscardHandler), Traces: traces})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestTheSpansOfAnInvocationAreSentBeforeItEnds(t *testing.T) {
	t.Parallel()
	r := newRecording()
	s := tracedVertex(t, r)
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "inv-1"})
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for n, cold := range []string{"true", "false"} {
		if _, err := s.Invoke(ctx, encode(t, request("letters.a,letters.b,letters.c,", functions.AttrTraceParent, parent))); err != nil {
			t.Fatal(err)
		}
		if want := 5 * (n + 1); r.sent != want { // the event, three steps, and the store
			t.Errorf("%d spans were sent, not %d", r.sent, want)
		}
		var process sdk.ReadOnlySpan
		for _, span := range r.spans.Ended() {
			if span.Name() == "process letters.a" {
				process = span
			}
		}
		got := map[attribute.Key]string{}
		for _, kv := range process.Attributes() {
			got[kv.Key] = kv.Value.String()
		}
		if got["faas.coldstart"] != cold || got["faas.invocation_id"] != "inv-1" || got["faas.trigger"] != "other" {
			t.Errorf("got %v", got)
		}
		if process.SpanKind() != trace.SpanKindConsumer || process.Parent().SpanID().String() != "b7ad6b7169203331" {
			t.Errorf("got %v below %v", process.SpanKind(), process.Parent())
		}
	}
}

// A collector that answers nothing costs one invocation a moment, and then none for a
// while.
func TestACollectorThatHangsHoldsUpAnInvocationOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecording()
		flushes := 0
		r.flush = func(ctx context.Context) error {
			flushes++
			<-ctx.Done()
			return ctx.Err()
		}
		s := tracedVertex(t, r)
		invoke := func(left time.Duration) time.Duration {
			ctx, cancel := context.WithTimeout(t.Context(), left)
			defer cancel()
			begun := time.Now()
			if _, err := s.Invoke(ctx, encode(t, direct("letters.a,"))); err != nil {
				t.Error(err)
			}
			return time.Since(begun)
		}
		if took := invoke(time.Minute); took != 300*time.Millisecond {
			t.Errorf("the first took %s", took)
		}
		for range 10 {
			if took := invoke(time.Minute); took != 0 {
				t.Errorf("the next took %s", took)
			}
		}
		time.Sleep(time.Second)
		if took := invoke(400 * time.Millisecond); took != 100*time.Millisecond {
			t.Errorf("one with little time took %s", took)
		}
		time.Sleep(time.Second)
		if took := invoke(time.Minute); took != 0 || flushes != 2 { // two seconds this time
			t.Errorf("the next took %s; %d were held up", took, flushes)
		}
		time.Sleep(time.Second)
		r.flush = func(context.Context) error { return nil }
		invoke(time.Minute)
		r.flush = func(context.Context) error { return errors.New("no more") }
		invoke(time.Minute)
		if took := invoke(time.Minute); took != 0 {
			t.Errorf("behind an error it took %s", took)
		}
	})
}

// The function of a step that waits for its answer belongs to the span of its call.
func TestASynchronousInvocationCarriesItsSpan(t *testing.T) {
	t.Parallel()
	r := newRecording()
	s := tracedVertex(t, r)
	var sent string
	call := invokes(func(ctx context.Context, in *awslambda.InvokeInput) (*awslambda.InvokeOutput, error) {
		lc := &lambdacontext.LambdaContext{AwsRequestID: "inv-2"}
		sent = *in.ClientContext
		text, err := base64.StdEncoding.DecodeString(sent)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &lc.ClientContext); err != nil {
			return nil, err
		}
		answer, err := s.Invoke(lambdacontext.NewContext(ctx, lc), in.Payload)
		return &awslambda.InvokeOutput{Payload: answer}, err
	})
	out, err := clambda.New(call).WithTraces(r).Step("f", "letters.a,")(t.Context(), request(""))
	if err != nil || string(out.Data()) != "-a" {
		t.Fatal(out, err)
	}
	invoked, process := r.named(t, "Lambda/Invoke"), r.named(t, "process letters.a")
	if invoked.SpanKind() != trace.SpanKindClient || process.Parent().SpanID() != invoked.SpanContext().SpanID() ||
		process.SpanKind() != trace.SpanKindServer {
		t.Errorf("%v is below %v", process.Parent(), invoked.SpanContext())
	}
}

// invokes is a Lambda service of one function.
type invokes func(ctx context.Context, in *awslambda.InvokeInput) (*awslambda.InvokeOutput, error)

func (f invokes) Invoke(ctx context.Context, in *awslambda.InvokeInput, _ ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error) {
	return f(ctx, in)
}
