package invoke_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

func TestAFunctionIsInvokedAndItsEnvironmentIsUsedAgain(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{Timeout: long}, invoke.Options{})
	first := do(t, s, task{Do: "echo"})
	for range 20 {
		if again := do(t, s, task{Do: "echo"}); again.PID != first.PID || again.ID == first.ID {
			t.Fatalf("the second call ran in process %d as %s, the first in %d as %s", again.PID, again.ID, first.PID, first.ID)
		}
	}
	if first.ARN != "arn:aws:lambda:us-east-1:000000000000:function:letters" {
		t.Errorf("ARN %s", first.ARN)
	}
	if first.Left < long.Seconds()/2 || first.Left > long.Seconds() || !strings.HasPrefix(first.Trace, "Root=1-") || first.Payload != `{"do":"echo"}` {
		t.Errorf("got %+v", first)
	}
	if got := s.Stats(name); got != (invoke.Stats{ColdStarts: 1, Environments: 1, Invocations: 21}) {
		t.Errorf("got %+v", got)
	}
}

func TestAFunctionIsFoundByEveryFormOfItsName(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	for form, known := range map[string]bool{
		"letters": true, "letters:live": true, "letters:$LATEST": true, "000000000000:function:letters": true,
		"arn:aws:lambda:us-east-1:000000000000:function:letters":      true,
		"arn:aws:lambda:us-east-1:000000000000:function:letters:live": true,
		"function:letters": true,
		"letter":           false, "": false, "arn:aws:sqs:us-east-1:000000000000:letters": false,
		"myfunction:letters": false,
	} {
		r, err := s.Invoke(t.Context(), form, nil)
		if known && (err != nil || r.FunctionError != "" || r.Version != invoke.Latest || r.RequestID == "") {
			t.Errorf("%q: %+v, %v", form, r, err)
		}
		if !known {
			rejected(t, err, "ResourceNotFoundException")
		}
	}
}

func TestPayloadsAreChecked(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	sized := func(n int) []byte { return []byte(`"` + strings.Repeat("x", n-2) + `"`) }
	for what, tt := range map[string]struct {
		payload []byte
		sync    string
		async   string
	}{
		"object":             {[]byte(`{}`), "", ""},
		"nothing":            {nil, "", ""},
		"number":             {[]byte(`7`), "", ""},
		"no JSON":            {[]byte(`{"a"`), "InvalidRequestContentException", "InvalidRequestContentException"},
		"1 MiB":              {sized(invoke.MaxAsync), "", ""},
		"1 MiB and a byte":   {sized(invoke.MaxAsync + 1), "", "RequestTooLargeException"},
		"6 MiB and a byte":   {sized(invoke.MaxSync + 1), "RequestTooLargeException", "RequestTooLargeException"},
		"blank space":        {[]byte("  "), "InvalidRequestContentException", "InvalidRequestContentException"},
		"two JSON texts":     {[]byte("{}{}"), "InvalidRequestContentException", "InvalidRequestContentException"},
		"not UTF-8 nor JSON": {[]byte{0xff, 0xfe}, "InvalidRequestContentException", "InvalidRequestContentException"},
	} {
		if _, err := s.Invoke(t.Context(), name, tt.payload); tt.sync != "" {
			rejected(t, err, tt.sync)
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if err := s.InvokeAsync(name, tt.payload); tt.async != "" {
			rejected(t, err, tt.async)
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	drain(t, s)
	if r, err := s.Invoke(t.Context(), name, nil); err != nil || !strings.Contains(string(r.Payload), `"payload":"{}"`) {
		t.Errorf("an empty payload is not {}: %s, %v", r.Payload, err)
	}
}

func TestALargeRequestArrivesWhole(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	path := file(t)
	payload := []byte(`{"do":"witness","path":"` + path + `","other":"` + strings.Repeat("x", 5<<20) + `"}`)
	if r, err := s.Invoke(t.Context(), name, payload); err != nil || r.FunctionError != "" {
		t.Fatalf("%s, %v", r.Payload, err)
	}
	if got, err := os.ReadFile(path); err != nil || !slices.Equal(got, payload) {
		t.Errorf("%d of %d bytes arrived, %v", len(got), len(payload), err)
	}
}

func TestTheEnvironmentIsLambdasAndNothingLeaksIn(t *testing.T) {
	t.Setenv("LEAK", "it leaks")
	s := service(t, invoke.Function{
		MemoryMB: 256,
		Env:      map[string]string{"OWN": "own", "SHARED": "own", "AWS_LAMBDA_FUNCTION_NAME": "stolen", "AWS_LAMBDA_MAX_CONCURRENCY": "9"},
	}, invoke.Options{Env: map[string]string{"SHARED": "all", "ALL": "all", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key"}})
	got := do(t, s, task{Do: "echo"})
	env := map[string]string{}
	for _, pair := range got.Env {
		k, v, _ := strings.Cut(pair, "=")
		env[k] = v
	}
	if api := env["AWS_LAMBDA_RUNTIME_API"]; !strings.HasPrefix(api, "127.0.0.1:") {
		t.Errorf("the Runtime API is at %s", api)
	}
	delete(env, "AWS_LAMBDA_RUNTIME_API")
	want := map[string]string{
		"OWN": "own", "SHARED": "own", "ALL": "all",
		"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "key",
		"AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local", "LANG": "en_US.UTF-8", "TZ": ":UTC",
		"PATH": os.Getenv("PATH"), "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_FUNCTION_NAME": "letters",
		"AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/letters", "AWS_LAMBDA_LOG_STREAM_NAME": "local",
		"LAMBDA_RUNTIME_DIR": got.Dir, "LAMBDA_TASK_ROOT": got.Dir, "_HANDLER": "bootstrap",
	}
	want["AWS_DEFAULT_REGION"] = "eu-west-1"
	delete(env, "_X_AMZN_TRACE_ID") // set by the runtime
	for k, v := range want {
		if env[k] != v {
			t.Errorf("%s is %q, want %q", k, env[k], v)
		}
		delete(env, k)
	}
	if len(env) != 0 {
		t.Errorf("and there is %v", env)
	}
	if !strings.HasPrefix(got.ARN, "arn:aws:lambda:eu-west-1:") {
		t.Errorf("ARN %s", got.ARN)
	}
}

// The official emulator dies of two concurrent invocations.
func TestConcurrentInvocationsRunInEnvironmentsOfTheirOwn(t *testing.T) {
	t.Parallel()
	const calls = 64
	s := service(t, invoke.Function{}, invoke.Options{})
	gate := file(t)
	pids := make([]int, calls)
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() { pids[i] = do(t, s, task{Do: "wait", Path: gate}).PID })
	}
	working(t, gate, calls)
	_, err := s.Invoke(t.Context(), name, nil)
	if e := rejected(t, err, "TooManyRequestsException"); e.Reason != "ConcurrentInvocationLimitExceeded" || e.Status != 429 {
		t.Errorf("got %+v", e)
	}
	touch(t, gate)
	wg.Wait()
	slices.Sort(pids)
	if got := len(slices.Compact(pids)); got != calls {
		t.Errorf("%d processes ran %d calls", got, calls)
	}
	if got := s.Stats(name); got.ColdStarts != calls || got.Throttles != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestReservedConcurrencyIsTheFunctionsOwn(t *testing.T) {
	t.Parallel()
	gate := file(t)
	other := invoke.Function{Name: "other", Dir: t.TempDir(), Bootstrap: program}
	s := service(t, invoke.Function{Reserved: 2}, invoke.Options{Limit: 1, Functions: []invoke.Function{other}})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { do(t, s, task{Do: "wait", Path: gate}) })
	}
	working(t, gate, 2)
	_, err := s.Invoke(t.Context(), name, nil)
	if e := rejected(t, err, "TooManyRequestsException"); e.Reason != "ReservedFunctionConcurrentInvocationLimitExceeded" {
		t.Errorf("got %+v", e)
	}
	if _, err := s.Invoke(t.Context(), "other", nil); err != nil {
		t.Errorf("the other function has no room: %v", err)
	}
	touch(t, gate)
	wg.Wait()
	do(t, s, task{Do: "echo"})
}

func TestWhoeverFindsAFunctionBusyOnASmallMachineWaits(t *testing.T) {
	t.Parallel()
	const each, calls = 2, 10
	gate := file(t)
	s := service(t, invoke.Function{}, invoke.Options{Each: each})
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() { do(t, s, task{Do: "wait", Path: gate}) })
	}
	working(t, gate, each)
	ctx, cancel := context.WithCancelCause(t.Context())
	impatient := errors.New("impatient")
	cancel(impatient)
	if _, err := s.Invoke(ctx, name, nil); !errors.Is(err, impatient) {
		t.Errorf("one who does not wait got %v", err)
	}
	touch(t, gate)
	wg.Wait()
	if got := s.Stats(name); got.ColdStarts != each || got.Invocations != calls {
		t.Errorf("got %+v", got)
	}
}

func TestSeveralInvocationsShareAnEnvironment(t *testing.T) {
	t.Parallel()
	const perEnvironment, calls = 4, 8
	s := service(t, invoke.Function{PerEnvironment: perEnvironment, Reserved: 2}, invoke.Options{})
	gate := file(t)
	var mu sync.Mutex
	pids := map[int]int{}
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			got := do(t, s, task{Do: "wait", Path: gate})
			mu.Lock()
			defer mu.Unlock()
			pids[got.PID]++
		})
	}
	working(t, gate, calls)
	_, err := s.Invoke(t.Context(), name, nil)
	rejected(t, err, "TooManyRequestsException")
	touch(t, gate)
	wg.Wait()
	if len(pids) != 2 {
		t.Errorf("%v, want two processes with four each", pids)
	}
	for _, n := range pids {
		if n != perEnvironment {
			t.Errorf("%v, want four each", pids)
		}
	}
	if got := do(t, s, task{Do: "echo"}); got.Parallel != perEnvironment || !slices.Contains(got.Env, "AWS_LAMBDA_MAX_CONCURRENCY=4") {
		t.Errorf("%d ran at once", got.Parallel)
	}
}

func TestACallerThatLeavesDoesNotEndTheFunction(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	gate, left := file(t), errors.New("I have left")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error)
	go func() {
		_, err := s.Invoke(ctx, name, task{Do: "wait", Path: gate}.payload())
		done <- err
	}()
	working(t, gate, 1)
	cancel(left)
	if err := <-done; !errors.Is(err, left) {
		t.Fatal(err)
	}
	if got := s.Stats(name); got.Environments != 1 {
		t.Fatalf("got %+v", got)
	}
	touch(t, gate)
	var got seen
	eventually(t, "free again", func() bool {
		got = do(t, s, task{Do: "echo"})
		return got.Runs > 1
	})
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	good := invoke.Function{Name: "f", Dir: "/tmp"}
	for what, change := range map[string]func(*invoke.Function, *invoke.Options){
		"no name":          func(f *invoke.Function, _ *invoke.Options) { f.Name = "" },
		"colon":            func(f *invoke.Function, _ *invoke.Options) { f.Name = "a:b" },
		"no directory":     func(f *invoke.Function, _ *invoke.Options) { f.Dir = "" },
		"negative timeout": func(f *invoke.Function, _ *invoke.Options) { f.Timeout = -1 },
		"negative age":     func(f *invoke.Function, _ *invoke.Options) { f.MaxAge = -1 },
		"negative memory":  func(f *invoke.Function, _ *invoke.Options) { f.MemoryMB = -1 },
		"three retries":    func(f *invoke.Function, _ *invoke.Options) { f.Retries = 3 },
		"negative limit":   func(_ *invoke.Function, o *invoke.Options) { o.Limit = -1 },
		"twice":            func(_ *invoke.Function, o *invoke.Options) { o.Functions = []invoke.Function{good} },
	} {
		f, o := good, invoke.Options{}
		change(&f, &o)
		o.Functions = append(o.Functions, f)
		if _, err := invoke.New(t.Context(), o); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if _, err := invoke.New(t.Context(), invoke.Options{Functions: []invoke.Function{good}}); err != nil {
		t.Error(err)
	}
}
