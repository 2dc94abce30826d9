package invoke_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// sdk is the AWS SDK's client of a service.
func sdk(t *testing.T, s *invoke.Service) *lambda.Client {
	t.Helper()
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return lambda.New(lambda.Options{
		BaseEndpoint: aws.String(srv.URL), Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("k", "s", ""),
		RetryMaxAttempts: 1, HTTPClient: &http.Client{Transport: transport},
	})
}

func TestTheSDKInvokes(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		function  string
		task      task
		failed    string // X-Amz-Function-Error
		in        string // the payload
		errorType string
	}{
		"by name":   {name, task{Do: "echo"}, "", `"arn":"arn:aws:lambda:us-east-1:000000000000:function:letters"`, ""},
		"by ARN":    {"arn:aws:lambda:us-east-1:000000000000:function:letters:live", task{Do: "echo"}, "", `"pid":`, ""},
		"error":     {name, task{Do: "error"}, "Unhandled", `"errorMessage":"it went wrong"`, ""},
		"exit":      {name, task{Do: "exit", N: 3}, "Unhandled", `exit status 3`, ""},
		"timeout":   {name, task{Do: "sleep", MS: 60_000}, "Unhandled", `Task timed out after 5.00 seconds`, ""},
		"too large": {name, task{Do: "large", N: 7 << 20}, "Unhandled", `Function.ResponseSizeTooLarge`, ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c := sdk(t, service(t, invoke.Function{Timeout: limit(tt.task)}, invoke.Options{}))
			out, err := c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &tt.function, Payload: tt.task.payload()})
			if err != nil {
				t.Fatal(err)
			}
			if out.StatusCode != 200 || aws.ToString(out.ExecutedVersion) != "$LATEST" || aws.ToString(out.FunctionError) != tt.failed ||
				!strings.Contains(string(out.Payload), tt.in) {
				t.Errorf("got %d %s %s %s", out.StatusCode, aws.ToString(out.ExecutedVersion), aws.ToString(out.FunctionError), out.Payload)
			}
		})
	}
}

func TestTheSDKsContextReachesTheFunction(t *testing.T) {
	t.Parallel()
	c := sdk(t, service(t, invoke.Function{}, invoke.Options{}))
	who := base64.StdEncoding.EncodeToString([]byte("{\"custom\":\n{\"who\":\"me\"}}"))
	out, err := c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(name), ClientContext: &who, Payload: task{Do: "echo"}.payload()})
	if err != nil || !strings.Contains(string(out.Payload), `"client":"me"`) {
		t.Errorf("got %+v, %v", out, err)
	}
	_, err = c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(name), ClientContext: aws.String("***")})
	if _, ok := errors.AsType[*types.InvalidRequestContentException](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestTheSDKQueuesAndTries(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	c := sdk(t, s)
	path := file(t)
	payload := task{Do: "witness", Path: path}.payload()
	for kind, want := range map[types.InvocationType]int32{types.InvocationTypeDryRun: 204, types.InvocationTypeEvent: 202} {
		out, err := c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(name), InvocationType: kind, Payload: payload})
		if err != nil || out.StatusCode != want || len(out.Payload) != 0 || out.FunctionError != nil {
			t.Errorf("%s: %+v, %v", kind, out, err)
		}
	}
	drain(t, s)
	if got := s.Stats(name); got.Invocations != 1 || !exists(path) {
		t.Errorf("got %+v", got)
	}
}

func TestTheSDKGetsWhyItIsRejected(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{Reserved: 1}, invoke.Options{})
	c := sdk(t, s)
	gate := file(t)
	done := make(chan seen)
	go func() { done <- do(t, s, task{Do: "wait", Path: gate}) }()
	working(t, gate, 1)
	run := func(function string, kind types.InvocationType, payload []byte) error {
		_, err := c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &function, InvocationType: kind, Payload: payload})
		return err
	}
	throttled, ok := errors.AsType[*types.TooManyRequestsException](run(name, "", nil))
	if !ok || throttled.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded {
		t.Errorf("got %v", throttled)
	}
	for _, kind := range []types.InvocationType{"RequestResponse", "Event", "DryRun"} {
		if _, ok := errors.AsType[*types.ResourceNotFoundException](run("nobody", kind, nil)); !ok {
			t.Errorf("%s: an unknown function is no ResourceNotFoundException", kind)
		}
		if _, ok := errors.AsType[*types.InvalidRequestContentException](run(name, kind, []byte("{"))); !ok {
			t.Errorf("%s: half JSON is no InvalidRequestContentException", kind)
		}
		if _, ok := errors.AsType[*types.RequestTooLargeException](run(name, kind, bytes.Repeat([]byte("1"), 8<<20))); !ok {
			t.Errorf("%s: 8 MB are no RequestTooLargeException", kind)
		}
	}
	large := bytes.Repeat([]byte("1"), invoke.MaxAsync+1)
	if _, ok := errors.AsType[*types.RequestTooLargeException](run(name, "Event", large)); !ok {
		t.Error("an event of more than 1 MiB is no RequestTooLargeException")
	}
	if _, ok := errors.AsType[*types.InvalidParameterValueException](run(name, "Nonsense", nil)); !ok {
		t.Error("an invocation type that is none is no InvalidParameterValueException")
	}
	touch(t, gate)
	<-done
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*types.ServiceException](run(name, "", nil)); !ok {
		t.Error("a closed service is no ServiceException")
	}
}

// streamed reads a stream of the SDK: its chunks and its error.
func streamed(t *testing.T, c *lambda.Client, k task) (chunks []string, code, details string) {
	t.Helper()
	out, err := c.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String(name), Payload: k.payload()})
	if err != nil {
		t.Fatal(err)
	}
	defer out.GetStream().Close()
	completed := false
	for event := range out.GetStream().Events() {
		switch e := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			chunks = append(chunks, string(e.Value.Payload))
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			completed, code, details = true, aws.ToString(e.Value.ErrorCode), aws.ToString(e.Value.ErrorDetails)
		}
	}
	if err := out.GetStream().Err(); err != nil || !completed {
		t.Fatalf("completed %v: %v", completed, err)
	}
	return chunks, code, details
}

func TestTheSDKStreams(t *testing.T) {
	t.Parallel()
	c := sdk(t, service(t, invoke.Function{}, invoke.Options{}))
	var chunks []string
	var code, details string
	for pause := 30; len(chunks) != 3 && pause < 10_000; pause *= 4 { // on a loaded machine two of them may be read at once
		chunks, code, _ = streamed(t, c, task{Do: "stream", N: 3, MS: pause})
	}
	if len(chunks) != 3 || strings.Join(chunks, "") != "chunk 0\nchunk 1\nchunk 2\n" || code != "" {
		t.Errorf("got %q, %s", chunks, code)
	}
	chunks, code, details = streamed(t, c, task{Do: "stream-error", N: 1})
	if strings.Join(chunks, "") != "chunk 0\n" || code != "errorString" || !strings.Contains(details, "out of chunks") {
		t.Errorf("got %q, %s, %s", chunks, code, details)
	}
	chunks, code, details = streamed(t, c, task{Do: "error"})
	if len(chunks) != 0 || code != "errorString" || !strings.Contains(details, "it went wrong") {
		t.Errorf("got %q, %s, %s", chunks, code, details)
	}
	large, _, _ := streamed(t, c, task{Do: "large", N: 7 << 20})
	if got := len(strings.Join(large, "")); got != 7<<20 {
		t.Errorf("got %d bytes", got)
	}
	for kind, in := range map[string]*lambda.InvokeWithResponseStreamInput{
		"ResourceNotFoundException":      {FunctionName: aws.String("nobody")},
		"InvalidRequestContentException": {FunctionName: aws.String(name), Payload: []byte("{")},
	} {
		if _, err := c.InvokeWithResponseStream(t.Context(), in); err == nil || !strings.Contains(err.Error(), kind) {
			t.Errorf("got %v, want %s", err, kind)
		}
	}
}

func TestTheTraceHeaderIsPassedOn(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(service(t, invoke.Function{}, invoke.Options{}).Handler())
	defer srv.Close()
	const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/2015-03-31/functions/letters/invocations", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amzn-Trace-Id", trace)
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); !strings.Contains(string(body), `"trace":"`+trace) || resp.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("got %s, %v", body, resp.Header)
	}
}

func TestOnlyInvocationsAreServed(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(service(t, invoke.Function{}, invoke.Options{}).Handler())
	defer srv.Close()
	for _, path := range []string{"/", "/2015-03-31/functions", "/2015-03-31/functions/letters/invocations"} { // a GET
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound || resp.Header.Get("X-Amzn-Errortype") != "UnknownOperationException" {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
