package lambda_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/homing-dev/homing/adapter/carrier/lambda"
)

// sdk is the client of the SDK for a Lambda service on loopback, and the number
// of calls that reached it.
func sdk(t *testing.T, h http.HandlerFunc) (*lambda.Client, *atomic.Int32) {
	t.Helper()
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	return lambda.New(awslambda.New(awslambda.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(srv.URL), HTTPClient: srv.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "key"}, nil
		}),
	})), &calls
}

// refusal answers as Lambda refuses.
func refusal(status int, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", kind)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"Type":"User","message":"secret"}`)
	}
}

func TestTheServiceHearsAnAsynchronousInvocation(t *testing.T) {
	t.Parallel()
	in := request()
	c, calls := sdk(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/2015-03-31/functions/vertex/invocations" || r.Header.Get("X-Amz-Invocation-Type") != "Event" || read(t, body).ID() != in.ID() {
			t.Errorf("%s %v %s", r.URL, r.Header, body)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if err := c.Send(t.Context(), "vertex", in); err != nil || calls.Load() != 1 {
		t.Errorf("%d calls: %v", calls.Load(), err)
	}
}

func TestTheServiceThrottlesOnceAndThenTakesIt(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	c, calls := sdk(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			refusal(http.StatusTooManyRequests, "TooManyRequestsException")(w, r)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if err := c.Send(t.Context(), "vertex", request()); err != nil || calls.Load() != 2 {
		t.Errorf("%d calls: %v", calls.Load(), err)
	}
}

func TestTheServiceRefuses(t *testing.T) {
	t.Parallel()
	for kind, status := range map[string]int{
		"ResourceNotFoundException": 404, "AccessDeniedException": 403, "InvalidRequestContentException": 400,
	} {
		c, calls := sdk(t, refusal(status, kind))
		_, temporary := problem(t, c.Send(t.Context(), "vertex", request()), http.StatusBadGateway)
		if temporary || calls.Load() != 1 {
			t.Errorf("%s: %d calls", kind, calls.Load())
		}
	}
	c, _ := sdk(t, refusal(http.StatusRequestEntityTooLarge, "RequestTooLargeException"))
	problem(t, c.Send(t.Context(), "vertex", request()), http.StatusRequestEntityTooLarge)
}

func TestTheServiceAnswersASynchronousInvocation(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		functionError, payload string
		status                 int
	}{
		"event": {"", result, 0}, "nothing": {"", "", 0},
		"failed": {"Unhandled", `{"errorMessage":"secret","errorType":"x"}`, 500},
	} {
		c, calls := sdk(t, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("X-Amz-Invocation-Type"); got != "RequestResponse" {
				t.Errorf("invocation type %q", got)
			}
			if tt.functionError != "" {
				w.Header().Set("X-Amz-Function-Error", tt.functionError)
			}
			_, _ = io.WriteString(w, tt.payload)
		})
		out, err := c.Call(t.Context(), "f", request())
		switch {
		case tt.status != 0:
			problem(t, err, tt.status)
		case err != nil || (out == nil) != (tt.payload == ""):
			t.Errorf("%s: %v %v", name, out, err)
		}
		if calls.Load() != 1 {
			t.Errorf("%s: %d calls", name, calls.Load())
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	c, calls := sdk(t, func(_ http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	_, err := c.Call(t.Context(), "f", request())
	if _, temporary := problem(t, err, http.StatusBadGateway); !temporary || calls.Load() != 1 {
		t.Errorf("%d calls: %v", calls.Load(), err)
	}
}
