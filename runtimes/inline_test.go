package runtimes_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

func upper(_ context.Context, in event.Event) (*event.Event, error) {
	in.DataEncoded = []byte(strings.ToUpper(string(in.DataEncoded)))
	return &in, nil
}

func chain(steps ...functions.Step) functions.Chain {
	return functions.Chain{Name: "say", Method: http.MethodPost, Path: "/say", Steps: steps}
}

// say sends a word through a chain inline, and returns status and body.
func say(t *testing.T, c functions.Chain) (status int, body string) {
	t.Helper()
	a, err := runtimes.Inline([]functions.Chain{c}, adapter.Config{Store: memory.New(memory.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/say", strings.NewReader("word")))
	return w.Code, w.Body.String()
}

func TestInlineRunsTheStepsInThisProcess(t *testing.T) {
	t.Parallel()
	if status, body := say(t, chain(functions.Step{Name: "up", Function: upper})); status != 200 || body != "WORD" {
		t.Errorf("got %d %s", status, body)
	}
}

func TestInlineCallsAStepThatRunsAtAURL(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if attempts.Add(1) == 1 { // as a sidecar does while its function starts
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if r.Header.Get("Ce-Type") != "homing.say" || r.Header.Get("Ce-Routingslip")+r.Header.Get("Ce-Replyto") != "" {
			t.Errorf("the step got %v", r.Header)
		}
		for name, values := range r.Header {
			if strings.HasPrefix(name, "Ce-") {
				w.Header()[name] = values
			}
		}
		data, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(append([]byte("far "), data...))
	}))
	defer srv.Close()
	status, body := say(t, chain(functions.Step{Name: "far", URL: srv.URL}, functions.Step{Name: "up", Function: upper}))
	if status != 200 || body != "FAR WORD" || attempts.Load() != 2 {
		t.Errorf("got %d %s after %d attempts", status, body, attempts.Load())
	}
}

func TestTheLogHasTheURLOfADeadStepAndWhyItIsDead(t *testing.T) {
	t.Parallel()
	const nobody = "http://127.0.0.1:1"
	var log strings.Builder
	c := chain(functions.Step{Name: "far", URL: nobody, Policy: functions.Policy{Retry: functions.Retry{Attempts: 1}}})
	a, err := runtimes.Inline([]functions.Chain{c}, adapter.Config{
		Store: memory.New(memory.Options{}), Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/say", nil))
	if w.Code != http.StatusBadGateway || strings.Contains(w.Body.String(), nobody) ||
		!strings.Contains(log.String(), nobody) || !strings.Contains(log.String(), "connection refused") {
		t.Errorf("got %d %s; the log has %s", w.Code, w.Body, log.String())
	}
}

func TestInlineRefusesAChainThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, chains := range map[string][]functions.Chain{
		"no steps":    {chain()},
		"no function": {chain(functions.Step{Name: "up"})},
		"same route":  {chain(functions.Step{Name: "up", Function: upper}), chain(functions.Step{Name: "up", Function: upper})},
	} {
		if a, err := runtimes.Inline(chains, adapter.Config{Store: memory.New(memory.Options{})}); err == nil || a != nil {
			t.Errorf("%s: got %v, %v", name, a, err)
		}
	}
	if _, err := runtimes.Inline([]functions.Chain{chain(functions.Step{Name: "up", Function: upper})}, adapter.Config{}); err == nil {
		t.Error("an adapter without a store was made")
	}
}

func TestBindRemoteStepsLeavesTheGivenChainAlone(t *testing.T) {
	t.Parallel()
	client := carrier.NewClient(carrier.Options{})
	defer client.Close()
	given := chain(
		functions.Step{Name: "here", Function: upper, URL: "http://unused"},
		functions.Step{Name: "far", URL: "http://127.0.0.1:1"},
		functions.Step{Name: "once", URL: "http://127.0.0.1:1", Policy: functions.Policy{Retry: functions.Retry{Attempts: 1}}},
	)
	got := runtimes.BindRemoteSteps(client, []functions.Chain{given}, nil)[0]
	if given.Steps[1].Function != nil || given.Steps[1].Policy.Retry.Attempts != 0 {
		t.Error("the chain that was given was changed")
	}
	for i, attempts := range []int{0, 0, 1} {
		if s := got.Steps[i]; s.Function == nil || s.Policy.Retry.Attempts != attempts {
			t.Errorf("step %s: %+v", s.Name, s.Policy)
		}
	}
}
