package knative_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/knative"
)

const storeSecret = "store-secret-0123456789"

// running serves a process of the given environment.
func running(t *testing.T, env env, chains ...functions.Chain) string {
	t.Helper()
	cfg, err := knative.FromEnv(env.environ())
	if err != nil {
		t.Fatal(err)
	}
	s, err := knative.New(cfg, chains, knative.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Drain(ctx)
		srv.Close()
		s.Close()
	})
	return srv.URL
}

func callOf(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(data)
}

func TestAdaptersShareTheStoreOfAnotherProcess(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	started, open := make(chan struct{}, 10), make(chan struct{})
	chain := functions.Chain{Name: "wait", Method: "POST", Path: "/wait", Timeout: 20 * time.Second, Steps: []functions.Step{{
		Name: "wait", Function: func(ctx context.Context, in event.Event) (*event.Event, error) {
			runs.Add(1)
			started <- struct{}{}
			select {
			case <-open:
				return &in, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}}}
	store := running(t, map[string]string{"HOMING_ROLE": "store", "HOMING_STORE_SECRET": storeSecret})
	shared := map[string]string{"HOMING_STORE_URL": store, "HOMING_STORE_SECRET": storeSecret}
	one, two := running(t, shared, chain), running(t, shared, chain)

	async, _ := callOf(t, "POST", one+"/wait", "async", "Prefer", "respond-async")
	if async.StatusCode != http.StatusAccepted {
		t.Fatal(async.Status)
	}
	<-started
	answers := make(chan string, 2)
	for _, adapter := range []string{one, two} {
		go func() {
			_, body := callOf(t, "POST", adapter+"/wait", "keyed", "Idempotency-Key", "k")
			answers <- body
		}()
	}
	fetched := make(chan string, 1)
	go func() {
		_, body := callOf(t, "GET", two+async.Header.Get("Location"), "", "Prefer", "wait=15")
		fetched <- body
	}()
	<-started // one of the two that have the key
	close(open)
	if got := <-fetched; got != "async" {
		t.Errorf("fetched from the other adapter: %q", got)
	}
	if a, b := <-answers, <-answers; a != "keyed" || b != "keyed" || runs.Load() != 2 {
		t.Errorf("%q and %q after %d runs, want keyed twice after 2", a, b, runs.Load())
	}
	again, body := callOf(t, "POST", two+"/wait", "keyed", "Idempotency-Key", "k")
	if body != "keyed" || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %v %q", again.Header, body)
	}
}

func TestAdapterWithoutItsStoreAnswersPlainCallsAndRefusesOthers(t *testing.T) {
	t.Parallel()
	store := running(t, map[string]string{"HOMING_ROLE": "store", "HOMING_STORE_SECRET": storeSecret})
	echo := functions.Chain{Name: "echo", Method: "POST", Path: "/echo", Steps: []functions.Step{{
		Name: "echo", Function: func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil },
	}}}
	wrong := running(t, map[string]string{"HOMING_STORE_URL": store, "HOMING_STORE_SECRET": "another-secret-01234"}, echo)
	if resp, body := callOf(t, "POST", wrong+"/echo", "x"); resp.StatusCode != 200 || body != "x" {
		t.Errorf("plain: %s %q", resp.Status, body)
	}
	resp, _ := callOf(t, "POST", wrong+"/echo", "x", "Prefer", "respond-async")
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("async: %s", resp.Status)
	}
}
