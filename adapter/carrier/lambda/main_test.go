package lambda_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// service is a Lambda service that answers what it is told to.
type service struct {
	mu     sync.Mutex
	calls  []awslambda.InvokeInput
	retry  []aws.Retryer
	answer func(ctx context.Context, n int) (*awslambda.InvokeOutput, error)
}

func (s *service) Invoke(
	ctx context.Context, in *awslambda.InvokeInput, opts ...func(*awslambda.Options),
) (*awslambda.InvokeOutput, error) {
	var o awslambda.Options
	for _, opt := range opts {
		opt(&o)
	}
	s.mu.Lock()
	s.calls = append(s.calls, *in)
	s.retry = append(s.retry, o.Retryer)
	n := len(s.calls)
	s.mu.Unlock()
	if s.answer == nil {
		return &awslambda.InvokeOutput{StatusCode: http.StatusAccepted}, nil
	}
	return s.answer(ctx, n)
}

// says is a service that answers every call alike.
func says(payload string, functionError ...string) *service {
	return &service{answer: func(context.Context, int) (*awslambda.InvokeOutput, error) {
		out := &awslambda.InvokeOutput{StatusCode: http.StatusOK, Payload: []byte(payload)}
		if len(functionError) > 0 {
			out.FunctionError = &functionError[0]
		}
		return out, nil
	}}
}

// fails is a service whose every call ends with err.
func fails(err error) *service {
	return &service{answer: func(context.Context, int) (*awslambda.InvokeOutput, error) { return nil, err }}
}

// request is an event as an adapter makes it.
func request() event.Event {
	id := reply.NewID(time.Now(), 7).String()
	ev := event.New()
	ev.SetID(id)
	ev.SetSource("/chains/letters")
	ev.SetType("homing.letters")
	ev.SetExtension(functions.AttrCorrelationID, id)
	ev.SetExtension(functions.AttrExpiryTime, time.Now().Add(10*time.Second).UTC().Format(time.RFC3339Nano))
	_ = ev.SetData(event.ApplicationJSON, []byte(`{"a":1}`))
	return ev
}

func read(t *testing.T, payload []byte) event.Event {
	t.Helper()
	ev, err := cloudevents.Read(http.Header{"Content-Type": {event.ApplicationCloudEventsJSON}}, payload)
	if err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	return ev
}

// problem checks that err has a status, and gives it and whether another
// attempt may help.
func problem(t *testing.T, err error, status int) (p *functions.Error, temporary bool) {
	t.Helper()
	p, ok := errors.AsType[*functions.Error](err)
	var e interface{ Temporary() bool }
	if !ok || p.StatusCode() != status || p.Title == "" || p.Detail == "" || !errors.As(err, &e) {
		t.Fatalf("got %v, want a problem %d that says whether it may pass", err, status)
	}
	return p, e.Temporary()
}

func letters() functions.Chain {
	return functions.Chain{Name: "letters", Method: http.MethodPost, Path: "/letters", Steps: []functions.Step{{Name: "a"}, {Name: "b"}}}
}
