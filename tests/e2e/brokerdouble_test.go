package e2e_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// publish hands the broker an event that asks for a step.
func (b *broker) publish(t *testing.T, slip string) answer {
	t.Helper()
	return call(t, http.MethodPost, b.url, "data", "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/test",
		"Ce-Type", "test", "Ce-Routingslip", slip, "Content-Type", "text/plain")
}

// The double must do what the data plane contract says, or the tests that use
// it say nothing.
func TestBrokerDeliversByTheContract(t *testing.T) {
	t.Parallel()
	const retries = 2
	for status, want := range map[int]struct{ attempts, dead int }{
		200: {1, 0}, 202: {1, 0}, 204: {1, 0},
		302: {1, 1}, 400: {1, 1}, 403: {1, 1}, 413: {1, 1}, 421: {1, 1},
		404: {1 + retries, 1}, 408: {1 + retries, 1}, 409: {1 + retries, 1}, 429: {1 + retries, 1},
		500: {1 + retries, 1}, 503: {1 + retries, 1},
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int32
			preferred := make(chan string, 1+retries)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				attempts.Add(1)
				preferred <- r.Header.Get("Prefer")
				w.WriteHeader(status)
				if status != http.StatusNoContent {
					_, _ = w.Write([]byte("because"))
				}
			}))
			defer srv.Close()
			b := newBroker(t, delivery{retries: retries, backoff: time.Millisecond})
			b.route("a.one,", srv.URL)
			b.publish(t, "a.one,a.two,").is(t, http.StatusAccepted)
			b.publish(t, "a.ones,").is(t, http.StatusAccepted) // is not wanted by the trigger
			b.work.Wait()
			if got := int(attempts.Load()); got != want.attempts {
				t.Errorf("%d attempts, want %d", got, want.attempts)
			}
			if got := <-preferred; got != "reply" {
				t.Errorf("Prefer: %s", got)
			}
			dead := b.deadLetters()
			if len(dead) != want.dead || b.stray != 1 {
				t.Fatalf("%d dead letters and %d stray events, want %d and 1", len(dead), b.stray, want.dead)
			}
			for _, m := range dead {
				got := []string{m.attribute("Knativeerrorcode"), m.attribute("Knativeerrordest"), m.attribute("Knativeerrordata")}
				why := base64.StdEncoding.EncodeToString([]byte("because"))
				if !slices.Equal(got, []string{strconv.Itoa(status), srv.URL, why}) || m.body != "data" {
					t.Errorf("dead letter %v %s", got, m.body)
				}
			}
		})
	}
}

func TestBrokerHoldsEventsWhilePausedAndRoutesReplies(t *testing.T) {
	t.Parallel()
	got := make(chan string, 2)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Get("Ce-Routingslip")
		if r.Header.Get("Ce-Routingslip") == "a.one," {
			maps.Copy(w.Header(), attributes(r.Header))
			w.Header().Set("Ce-Routingslip", "a.two,")
		}
	}))
	defer srv.Close()
	b := newBroker(t, delivery{})
	b.route("a.", srv.URL)
	goOn := b.pause()
	b.publish(t, "a.one,").is(t, http.StatusAccepted)
	if len(got) != 0 {
		t.Error("it was delivered during the pause")
	}
	goOn()
	for _, want := range []string{"a.one,", "a.two,"} {
		if slip := wait.Receive(t, "the event", got); slip != want {
			t.Errorf("got %s, want %s", slip, want)
		}
	}
	call(t, http.MethodPost, b.url, "no event").is400(t)
}

// is400 is for answers of the double, which makes no problem documents.
func (a answer) is400(t *testing.T) {
	t.Helper()
	if a.status != http.StatusBadRequest {
		t.Errorf("got %d", a.status)
	}
}
