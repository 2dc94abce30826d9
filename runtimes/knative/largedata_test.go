package knative_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/replytest"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/claimcheck"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/runtimes/knative"
)

// Data that comes beside an event is within the bound of all bodies, until its steps
// have ended. An event for which there is no room goes back to who has sent it.
func TestLargeDataHasABoundInSum(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		open, started := make(chan struct{}), make(chan struct{}, 2)
		held := func(_ context.Context, ev event.Event) (*event.Event, error) {
			started <- struct{}{}
			<-open
			return &ev, nil
		}
		cfg, err := knative.FromEnv(env{"HOMING_ROLE": "vertex", "HOMING_BODY_BUDGET": "4MiB"}.environ())
		if err != nil {
			t.Fatal(err)
		}
		bodies := &replytest.MemoryBodies{}
		svc, err := knative.New(cfg, []functions.Chain{single("held", held)}, knative.Options{Bodies: bodies, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer svc.Close()
		check := claimcheck.Check{Bodies: bodies, Retention: time.Hour}
		send := func(fill string) *httptest.ResponseRecorder {
			ev := event.New()
			ev.SetID(reply.NewID(time.Now(), 7).String())
			ev.SetSource("/chains/held")
			ev.SetType("homing.held")
			ev.SetExtension(functions.AttrExpiryTime, time.Now().Add(time.Minute).UTC().Format(time.RFC3339Nano))
			if err := ev.SetData("text/plain", []byte(strings.Repeat(fill, 2_000_000))); err != nil {
				t.Fatal(err)
			}
			small, err := check.In(t.Context(), carrier.Routed(ev, "held.work,"))
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
			if _, err := cloudevents.Write(r.Header, small, cloudevents.Binary); err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			svc.ServeHTTP(w, r)
			return w
		}
		first := make(chan *httptest.ResponseRecorder, 1)
		go func() { first <- send("x") }()
		<-started
		if w := send("y"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
			t.Errorf("without room: %d %v %s", w.Code, w.Header(), w.Body)
		}
		close(open)
		if w := <-first; w.Code != http.StatusOK || w.Body.Len() != 2_000_000 {
			t.Errorf("the first: %d", w.Code)
		}
		if w := send("z"); w.Code != http.StatusOK {
			t.Errorf("behind it: %d %s", w.Code, w.Body)
		}
		w := httptest.NewRecorder()
		svc.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		for _, want := range []string{`homing_claim_check_bodies_total{operation="fetched"} 2`, "homing_body_bytes 0"} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("the metrics do not have %s: %s", want, w.Body)
			}
		}
	})
}
