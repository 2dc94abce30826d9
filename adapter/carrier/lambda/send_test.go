package lambda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier/lambda"
)

func TestAnEventIsSentOneWayAsStructuredJSON(t *testing.T) {
	t.Parallel()
	s := &service{}
	in := request()
	if err := lambda.New(s).Send(t.Context(), "vertex", in); err != nil {
		t.Fatal(err)
	}
	got := s.calls[0]
	ev := read(t, got.Payload)
	if *got.FunctionName != "vertex" || got.InvocationType != types.InvocationTypeEvent || len(s.calls) != 1 ||
		ev.ID() != in.ID() || string(ev.Data()) != `{"a":1}` {
		t.Errorf("sent %+v %s", got, got.Payload)
	}
	if s.retry[0] != (aws.NopRetryer{}) {
		t.Error("the SDK would try again by itself")
	}
}

func TestDataArrivesToTheByte(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"json with space": " {\"a\" : 1}\n", "bytes": "\x00\xff\xfe", "empty": "", "text": "ü",
	} {
		s := &service{}
		in := request()
		in.DataEncoded = []byte(data)
		if err := lambda.New(s).Send(t.Context(), "vertex", in); err != nil {
			t.Fatal(err)
		}
		if got := read(t, s.calls[0].Payload); string(got.Data()) != data {
			t.Errorf("%s: %q became %q", name, data, got.Data())
		}
	}
}

func TestAnEventAboveTheLimitIsRefusedWithBothSizes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limit int
		give  func(*lambda.Client, int) error
	}{
		"async": {lambda.MaxAsync, func(c *lambda.Client, n int) error {
			in := request()
			in.DataEncoded = bytes.Repeat([]byte("1"), n)
			return c.Send(t.Context(), "vertex", in)
		}},
		"sync": {lambda.MaxSync, func(c *lambda.Client, n int) error {
			in := request()
			in.DataEncoded = bytes.Repeat([]byte("1"), n)
			_, err := c.Call(t.Context(), "vertex", in)
			return err
		}},
	} {
		s := says("")
		p, temporary := problem(t, tt.give(lambda.New(s), tt.limit), http.StatusRequestEntityTooLarge)
		if temporary || !strings.Contains(p.Detail, fmt.Sprint(tt.limit)) || len(s.calls) != 0 {
			t.Errorf("%s: %v %v", name, p, temporary)
		}
		if err := tt.give(lambda.New(s), tt.limit-1024); err != nil || len(s.calls) != 1 {
			t.Errorf("%s: an event that fits: %v", name, err)
		}
	}
}

// answered is an error of the service with a status.
type answered int

func (a answered) Error() string       { return "the service says " + http.StatusText(int(a)) }
func (a answered) HTTPStatusCode() int { return int(a) }

func TestAFaultThatMayPassIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"throttled":        &types.TooManyRequestsException{},
		"service fault":    &types.ServiceException{},
		"being updated":    &types.ResourceConflictException{},
		"429":              answered(429),
		"502":              answered(502),
		"no connection":    errors.New("connection refused"),
		"unknown fault":    &smithy.GenericAPIError{Code: "X", Fault: smithy.FaultServer},
		"an attempt hangs": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &service{answer: func(ctx context.Context, n int) (*awslambda.InvokeOutput, error) {
					if n > 3 {
						return &awslambda.InvokeOutput{StatusCode: http.StatusAccepted}, nil
					}
					if err == nil {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return nil, err
				}}
				ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
				defer cancel()
				start := time.Now()
				if err := lambda.New(s).Send(ctx, "vertex", request()); err != nil || len(s.calls) != 4 {
					t.Errorf("%d calls: %v", len(s.calls), err)
				}
				if took := time.Since(start); took < 280*time.Millisecond || took > 16*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestWhenTimeIsUpTheCallerHearsWhenToComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := fails(&types.TooManyRequestsException{})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start := time.Now()
		p, temporary := problem(t, lambda.New(s).Send(ctx, "vertex", request()), http.StatusServiceUnavailable)
		if p.RetryAfter == 0 || p.Cause == nil || !temporary || strings.Contains(p.Detail, "vertex") {
			t.Errorf("%+v", p)
		}
		if took := time.Since(start); took > 20*time.Second || took < 17*time.Second || len(s.calls) < 10 || len(s.calls) > 25 {
			t.Errorf("%d calls in %s", len(s.calls), took)
		}
	})
}

func TestWhoGoesAwayHearsTheCause(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	for name, during := range map[string]bool{"in an attempt": true, "in a pause": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				s := &service{answer: func(ctx context.Context, _ int) (*awslambda.InvokeOutput, error) {
					if during {
						cancel(gone)
						<-ctx.Done()
					} else {
						time.AfterFunc(time.Millisecond, func() { cancel(gone) })
					}
					return nil, answered(500)
				}}
				if err := lambda.New(s).Send(ctx, "vertex", request()); !errors.Is(err, gone) || len(s.calls) != 1 {
					t.Errorf("%d calls: %v", len(s.calls), err)
				}
			})
		})
	}
}

func TestAFaultForGoodIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		status int
	}{
		"no such function": {&types.ResourceNotFoundException{}, 502},
		"not allowed":      {&smithy.GenericAPIError{Code: "AccessDeniedException", Message: "secret", Fault: smithy.FaultClient}, 502},
		"not allowed 403":  {answered(403), 502},
		"bad content":      {&types.InvalidRequestContentException{}, 502},
		"recursion":        {&types.RecursiveInvocationException{}, 502},
		"too large":        {&types.RequestTooLargeException{}, 413},
		"too large 413":    {answered(413), 413},
	} {
		s := fails(tt.err)
		p, temporary := problem(t, lambda.New(s).Send(t.Context(), "vertex", request()), tt.status)
		if temporary || len(s.calls) != 1 || !errors.Is(p, tt.err) || strings.Contains(p.Detail, "secret") {
			t.Errorf("%s: %d calls, %v %v", name, len(s.calls), p, temporary)
		}
	}
}

func TestAnEventThatCannotBeWrittenIsNotSent(t *testing.T) {
	t.Parallel()
	s := &service{}
	in := request()
	in.Context = &event.EventContextV1{} // without an id
	if err := lambda.New(s).Send(t.Context(), "vertex", in); err == nil || len(s.calls) != 0 {
		t.Errorf("%d calls: %v", len(s.calls), err)
	}
	if out, err := lambda.New(s).Step("f", "")(t.Context(), in); err == nil || out != nil || len(s.calls) != 0 {
		t.Errorf("%d calls: %v", len(s.calls), err)
	}
}
