package emulator_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
)

func TestAPICallsItsFunction(t *testing.T) {
	t.Parallel()
	told := make(chan gateway.Access, 10)
	e := start(t, load(t, "calls", false), emulator.Options{
		Env: map[string]string{"GREETING": "hello"}, Access: func(a gateway.Access) { told <- a },
	})
	if status, body, _ := get(t, e.URL()+"/GREETING"); status != 200 || body != "hello" {
		t.Fatalf("got %d %s", status, body)
	}
	if a := <-told; a.Function != "calls-Adapter" || a.Status != 200 {
		t.Errorf("got %+v", a)
	}
	if status, body, _ := get(t, e.URL()+"/fail"); status != 500 || body != `{"message":"Internal Server Error"}` {
		t.Errorf("got %d %s", status, body)
	}
	if status, _, _ := get(t, e.URL()+"/exit"); status != 500 {
		t.Errorf("got %d", status)
	}
	if status, body, _ := get(t, e.URL()+"/GREETING"); status != 200 || body != "hello" {
		t.Errorf("after a crash: %d %s", status, body)
	}
	if s := e.Stats("Adapter"); s.ColdStarts != 2 || s.Invocations != 4 {
		t.Errorf("got %+v", s)
	}
}

func TestAddressesOfAWSAreThoseOfThisMachine(t *testing.T) {
	t.Parallel()
	e := start(t, load(t, "addresses", false), emulator.Options{Tables: "http://127.0.0.1:1"})
	for path, want := range map[string]string{
		"LETTERS":                   e.SQSURL() + "/123456789012/addresses-Letters",
		"API":                       e.URL() + "/x",
		"TABLE":                     "addresses-Table",
		"AWS_ENDPOINT_URL_LAMBDA":   e.LambdaURL(),
		"AWS_ENDPOINT_URL_SQS":      e.SQSURL(),
		"AWS_ENDPOINT_URL_DYNAMODB": e.TablesURL(),
		"AWS_REGION":                "us-east-1",
		"AWS_LAMBDA_FUNCTION_NAME":  "addresses-Adapter",
	} {
		if _, body, _ := get(t, e.URL()+"/"+path); body != want {
			t.Errorf("%s is %s, want %s", path, body, want)
		}
	}
	for name, want := range map[string]string{
		"ApiUrl": e.URL(), "StreamUrl": e.FunctionURL("Streaming") + "/", "LettersUrl": e.QueueURL("Letters"), "None": "",
	} {
		if got := e.Output(name); got != want {
			t.Errorf("the output %s is %q, want %q", name, got, want)
		}
	}
	for _, none := range []string{e.APIURL("None"), e.FunctionURL("Adapter"), e.FunctionURL("None"), e.QueueURL("None")} {
		if none != "" {
			t.Errorf("got %s", none)
		}
	}
}

func TestFunctionURLStreams(t *testing.T) {
	t.Parallel()
	e := start(t, load(t, "streams", false), emulator.Options{})
	status, body, header := get(t, e.FunctionURL("Streaming"))
	if status != 201 || body != "streamed" || header.Get("X-By") != "stream" {
		t.Errorf("got %d %s %v", status, body, header)
	}
}

func TestClientsOfTheSDKFindLambda(t *testing.T) {
	t.Parallel()
	e := start(t, load(t, "sdk", false), emulator.Options{})
	client := lambda.NewFromConfig(e.Config(), func(o *lambda.Options) {
		o.BaseEndpoint = aws.String(e.LambdaURL())
		o.HTTPClient = httpClient(t)
	})
	out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("sdk-Adapter"), Payload: []byte(`{"rawPath":"/TABLE"}`)})
	if err != nil || !strings.Contains(string(out.Payload), "sdk-Table") {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestEventThatFailsIsALetter(t *testing.T) {
	t.Parallel()
	e := start(t, load(t, "letters", false), emulator.Options{})
	if err := e.InvokeAsync("Fed", []byte(`{"rawPath":"/fail"}`)); err != nil {
		t.Fatal(err)
	}
	if err := e.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := e.Depth("Letters"); n != 1 {
		t.Errorf("there are %d letters", n)
	}
}

func TestKilledFunctionIsAnErrorAndIsStartedAgain(t *testing.T) {
	t.Parallel()
	e := start(t, load(t, "killed", false), emulator.Options{})
	if _, err := e.Invoke(t.Context(), "Adapter", []byte(`{"rawPath":"/TABLE"}`)); err != nil {
		t.Fatal(err)
	}
	if n := e.Kill("Adapter"); n != 1 {
		t.Errorf("killed %d", n)
	}
	if result, err := e.Invoke(t.Context(), "Adapter", []byte(`{"rawPath":"/TABLE"}`)); err != nil || result.FunctionError != "" {
		t.Errorf("got %+v, %v", result, err)
	}
	if s := e.Stats("Adapter"); s.ColdStarts != 2 {
		t.Errorf("got %+v", s)
	}
}

func TestWhatFunctionsWriteIsKeptAndPassedOn(t *testing.T) {
	t.Parallel()
	l := newLines("/TABLE")
	e := start(t, load(t, "logs", false), emulator.Options{Log: func(string) io.Writer { return l }})
	get(t, e.URL()+"/TABLE")
	if line := <-l.seen; !strings.HasPrefix(line, "got ") {
		t.Errorf("got %q", line)
	}
	if !strings.Contains(e.Logs("Adapter"), `"rawPath":"/TABLE"`) || e.Logs("None") != "" {
		t.Errorf("kept %q", e.Logs("Adapter"))
	}
}

func TestStackThatCannotStartIsAnErrorThatNamesTheCause(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	have := func(template.Function) string { return bootstrap }
	elsewhere := load(t, "e", false)
	for i := range elsewhere.Functions {
		elsewhere.Functions[i].Dir = filepath.Join(t.TempDir(), "none")
	}
	for name, tc := range map[string]struct {
		stack template.Stack
		o     emulator.Options
		is    error
		want  string
	}{
		"not built":    {load(t, "a", false), emulator.Options{}, emulator.ErrNotBuilt, filepath.Join("function", "bootstrap")},
		"no folder":    {elsewhere, emulator.Options{Bootstrap: have}, emulator.ErrNotBuilt, "which is not a folder"},
		"port taken":   {load(t, "b", false), emulator.Options{Bootstrap: have, Listen: taken.Addr().String()}, syscall.EADDRINUSE, "listen on"},
		"no tables":    {load(t, "c", true), emulator.Options{Bootstrap: have}, nil, "the stack has the table Table"},
		"wrong tables": {load(t, "d", true), emulator.Options{Bootstrap: have, Tables: "http://127.0.0.1:1"}, nil, "create the table d-Table"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := emulator.Start(t.Context(), tc.stack, tc.o)
			if err == nil || tc.is != nil && !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestResultOfAnInvocationIsThatOfTheFunction(t *testing.T) {
	t.Parallel()
	e := start(t, load(t, "result", false), emulator.Options{})
	result, err := e.Invoke(t.Context(), "Adapter", []byte(`{"rawPath":"/fail"}`))
	var failure struct{ ErrorMessage string }
	if err != nil || result.FunctionError == "" || json.Unmarshal(result.Payload, &failure) != nil || failure.ErrorMessage != "as asked" {
		t.Errorf("got %s, %v", result.Payload, err)
	}
	if err := e.Send(t.Context(), "None", "x"); err == nil || e.Depth("None") != 0 {
		t.Error("a queue that is not there took a message")
	}
}
