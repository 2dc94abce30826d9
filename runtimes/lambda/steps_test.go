package lambda_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/lambda"
)

func ping() event.Event {
	ec := &event.EventContextV1{ID: "1", Type: "t"}
	_ = ec.SetSource("/s")
	return event.Event{Context: ec, DataEncoded: []byte("ping")}
}

// The variables are those by which the SDK is configured everywhere.
func sdkEnvironment(t *testing.T, endpoint string) {
	t.Helper()
	none := t.TempDir() + "/none"
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_LAMBDA": endpoint, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "", "AWS_DEFAULT_REGION": "",
	} {
		t.Setenv(name, value)
	}
}

func TestStepIsALambda(t *testing.T) { //nolint:paralleltest // the SDK is configured by the environment
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/2015-03-31/functions/audit:live/invocations" || !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/lambda/") {
			t.Errorf("asked for %s with %s", r.URL.Path, r.Header.Get("Authorization"))
		}
		_, _ = w.Write([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"t","data":"pong"}`))
	}))
	defer srv.Close()
	sdkEnvironment(t, srv.URL)
	step := lambda.RemoteSteps()["lambda"](nil, functions.Step{URL: "lambda:audit:live"})
	for range 2 {
		out, err := step(t.Context(), ping())
		if err != nil || out == nil || string(out.DataEncoded) != `"pong"` {
			t.Fatal(out, err)
		}
	}
}

func TestWithoutARegionTheStepIsUnreachable(t *testing.T) { //nolint:paralleltest // as above
	sdkEnvironment(t, "http://127.0.0.1:1")
	t.Setenv("AWS_REGION", "")
	out, err := lambda.RemoteSteps()["lambda"](nil, functions.Step{URL: "lambda:audit"})(context.WithoutCancel(t.Context()), ping())
	var own *functions.Error
	if out != nil || !errors.As(err, &own) || own.StatusCode() != http.StatusBadGateway || !strings.Contains(own.Cause.Error(), "AWS_REGION") {
		t.Errorf("got %v, %v", out, err)
	}
}
