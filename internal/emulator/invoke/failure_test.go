package invoke_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// What the official emulator answers with 200 and a text, or does not survive.
func TestAFunctionThatFailsHasItsErrorObject(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		task    task
		kind    string
		message string // % stands for the request id
		dies    bool
	}{
		"an error":   {task{Do: "error"}, "errorString", "it went wrong", false},
		"a panic":    {task{Do: "panic"}, "string", "at the disco", true},
		"exit 3":     {task{Do: "exit", N: 3}, "Runtime.ExitError", "RequestId: % Error: Runtime exited with error: exit status 3", true},
		"clean exit": {task{Do: "exit"}, "Runtime.ExitError", "RequestId: % Error: Runtime exited without providing a reason", true},
		"a timeout": {
			task{Do: "sleep", MS: 60_000},
			"Sandbox.Timedout", "RequestId: % Error: Task timed out after 5.00 seconds", true,
		},
		"7 MB": {
			task{Do: "large", N: 7 << 20},
			"Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes).", true,
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := service(t, invoke.Function{Timeout: limit(tt.task)}, invoke.Options{})
			before := do(t, s, task{Do: "echo"}).PID
			got, r := fails(t, s, tt.task)
			if want := strings.ReplaceAll(tt.message, "%", r.RequestID); got.ErrorType != tt.kind || got.ErrorMessage != want {
				t.Errorf("got %+v, want %s, %s", got, tt.kind, want)
			}
			if after := do(t, s, task{Do: "echo"}).PID; (after != before) != tt.dies {
				t.Errorf("process %d before, %d after", before, after)
			}
		})
	}
}

func TestTheLargestResponseArrives(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	r, err := s.Invoke(t.Context(), name, task{Do: "large", N: invoke.MaxResponse}.payload())
	if err != nil || r.FunctionError != "" || len(r.Payload) != invoke.MaxResponse {
		t.Errorf("%d bytes, %s, %v", len(r.Payload), r.FunctionError, err)
	}
	got, _ := fails(t, s, task{Do: "large", N: invoke.MaxResponse + 1})
	if got.ErrorType != "Function.ResponseSizeTooLarge" {
		t.Errorf("got %+v", got)
	}
}

func TestAnInitThatFailsIsTheInvocationsError(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]failed{
		"init-exit":       {"Runtime.ExitError", "RequestId: % Error: Runtime exited with error: exit status 7"},
		"init-clean-exit": {"Runtime.ExitError", "RequestId: % Error: Runtime exited without providing a reason"},
		"init-error":      {"Init.Failed", "no table"},
		"init-hang":       {"Sandbox.Timedout", "RequestId: % Error: Init timed out after 0.30 seconds"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			limit := long
			if mode == "init-hang" {
				limit = 300 * time.Millisecond
			}
			s := service(t, invoke.Function{Env: map[string]string{"MODE": mode}}, invoke.Options{InitTimeout: limit})
			for range 2 {
				got, r := fails(t, s, task{Do: "echo"})
				if want.ErrorMessage = strings.ReplaceAll(want.ErrorMessage, "%", r.RequestID); got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
				want.ErrorMessage = strings.ReplaceAll(want.ErrorMessage, r.RequestID, "%")
			}
			if got := s.Stats(name); got.ColdStarts != 2 || got.Environments != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestABootstrapThatIsNotThereIsTheFunctionsError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := services(t, invoke.Options{Functions: []invoke.Function{{Name: name, Dir: dir}}})
	got, _ := fails(t, s, task{})
	if got.ErrorType != "Runtime.InvalidEntrypoint" || !strings.Contains(got.ErrorMessage, dir+"/bootstrap") {
		t.Errorf("got %+v", got)
	}
}

func TestARuntimeThatAnswersTwiceIsRejected(t *testing.T) {
	t.Parallel()
	log := &notebook{}
	s := service(t, invoke.Function{Env: map[string]string{"MODE": "rude"}}, invoke.Options{Log: logTo(log)})
	for i := range 3 {
		r, err := s.Invoke(t.Context(), name, nil)
		if err != nil || string(r.Payload) != `{"nobody":400}` {
			t.Fatalf("call %d: %s, %v", i, r.Payload, err)
		}
	}
	eventually(t, "its log", func() bool { return strings.Contains(log.String(), "202 400 400") })
}

func TestAResponseThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{Env: map[string]string{"MODE": "truncate"}}, invoke.Options{})
	if got, _ := fails(t, s, task{}); got.ErrorType != "Runtime.TruncatedResponse" {
		t.Errorf("got %+v", got)
	}
}

func TestKilledFunctionsAreAnsweredAndStartedAgain(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	gate := file(t)
	const calls = 3
	results := make(chan string, calls)
	for range calls {
		go func() {
			r, err := s.Invoke(t.Context(), name, task{Do: "wait", Path: gate}.payload())
			results <- fmt.Sprintln(strings.Contains(string(r.Payload), "Runtime exited with error: signal: killed"), r.FunctionError, err)
		}()
	}
	working(t, gate, calls)
	if got := s.Kill(name); got != calls {
		t.Errorf("killed %d", got)
	}
	for range calls {
		if got := <-results; got != "true Unhandled <nil>\n" {
			t.Error(got)
		}
	}
	do(t, s, task{Do: "echo"})
	if got := s.Kill("nobody"); got != 0 {
		t.Errorf("killed %d of an unknown function", got)
	}
}

func TestOutputGoesToTheLog(t *testing.T) {
	t.Parallel()
	log := &notebook{}
	asked := ""
	s := service(t, invoke.Function{}, invoke.Options{Log: func(function string) io.Writer {
		asked = function
		return log
	}})
	do(t, s, task{Do: "print"})
	eventually(t, "both lines", func() bool {
		return strings.Contains(log.String(), "to stdout\n") && strings.Contains(log.String(), "to stderr\n")
	})
	if asked != name {
		t.Errorf("asked for the log of %q", asked)
	}
}
