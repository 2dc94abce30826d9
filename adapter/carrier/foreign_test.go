package carrier_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

// answering is a step that answers everything so, and counts.
func answering(t *testing.T, status int, body string, headers ...string) (url string, calls *atomic.Int32) {
	t.Helper()
	calls = new(atomic.Int32)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	return srv.URL, calls
}

func send(t *testing.T, url string) *functions.Error {
	t.Helper()
	in, _ := request()
	_, err := client(t, carrier.Options{}).Send(t.Context(), url, in)
	own, ok := errors.AsType[*functions.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	return own
}

func TestCauseOfAFailureHasURLStatusAndTheStartOfTheAnswer(t *testing.T) {
	t.Parallel()
	url, _ := answering(t, http.StatusInternalServerError, "Traceback: <division by zero>\n"+strings.Repeat("x", 5000))
	p := send(t, url)
	for _, want := range []string{url, "500", "Traceback: <division by zero>"} {
		if p.Cause == nil || !strings.Contains(p.Cause.Error(), want) {
			t.Errorf("the cause %.200v lacks %q", p.Cause, want)
		}
	}
	if len(p.Cause.Error()) > 2000 || strings.Contains(p.Detail, "Traceback") {
		t.Errorf("the cause has %d bytes, the detail is %q", len(p.Cause.Error()), p.Detail)
	}
}

func TestCauseOfADeadPortHasURLAndReason(t *testing.T) {
	t.Parallel()
	p := send(t, "http://127.0.0.1:1/step")
	if p.Status != http.StatusBadGateway || p.Cause == nil || !strings.Contains(p.Cause.Error(), "http://127.0.0.1:1/step") ||
		!strings.Contains(p.Cause.Error(), "refused") {
		t.Errorf("got %d with the cause %v", p.Status, p.Cause)
	}
}

func TestRefusedCredentialsOfAStepAreNotTheCallers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status, want int
		body         string
		headers      []string
	}{
		"401":                       {401, 502, "who are you", nil},
		"407":                       {407, 502, "", nil},
		"401 as a problem":          {401, 502, `{"title":"Unauthorized","status":401}`, []string{"Content-Type", functions.ProblemContentType}},
		"403":                       {403, 403, "", nil},
		"405":                       {405, 502, "", []string{"Allow", "GET"}},
		"421":                       {421, 502, "", nil},
		"426":                       {426, 502, "", []string{"Upgrade", "h2c"}},
		"511":                       {511, 502, "", nil},
		"401 of a function of ours": {401, 401, `{"title":"Unauthorized","status":401,"step":"login"}`, []string{"Content-Type", functions.ProblemContentType}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := answering(t, tt.status, tt.body, tt.headers...)
			if p := send(t, url); p.Status != tt.want {
				t.Errorf("got %d %s", p.Status, p.Detail)
			}
		})
	}
}

// A step without a retry policy runs once, unless it has not got the event.
func TestStepIsSentAgainOnlyIfItHasNotGotTheEvent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status  int
		headers []string
		calls   int32
	}{
		"404": {404, nil, 1}, "409": {409, nil, 1}, "500": {500, nil, 1}, "503": {503, nil, 1},
		"429 with Retry-After": {429, []string{"Retry-After", "0"}, 1},
		"503 with Retry-After": {503, []string{"Retry-After", "0"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, calls := answering(t, tt.status, "", tt.headers...)
			step := carrier.RetryUnsent(client(t, carrier.Options{}).Step(url, carrier.NewSlip("orders", functions.Step{Name: "b"}), carrier.ReplyTo{}))
			in, _ := request()
			if _, err := step(t.Context(), in); err == nil || calls.Load() != tt.calls {
				t.Errorf("%d calls, %v", calls.Load(), err)
			}
		})
	}
}
