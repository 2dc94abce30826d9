// Package hooktest has a target of callbacks for tests.
package hooktest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// Hook is a server on loopback that agrees to callbacks of everybody.
type Hook struct {
	*httptest.Server

	mu      sync.Mutex
	status  []int
	tried   int
	arrived chan event.Event
}

// patience is longer than any machine is so loaded.
const patience = 2 * time.Minute

// most is how many deliveries a test may leave.
const most = 1024

// New returns a target that answers the next deliveries with some status, and takes
// those behind them.
func New(t *testing.T, status ...int) *Hook {
	t.Helper()
	h := &Hook{status: status, arrived: make(chan event.Event, most)}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func (h *Hook) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.Header().Set("Webhook-Allowed-Origin", r.Header.Get("Webhook-Request-Origin"))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	ev, err := cloudevents.Read(r.Header, body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tried++
	if len(h.status) > 0 {
		w.WriteHeader(h.status[0])
		h.status = h.status[1:]
		return
	}
	w.WriteHeader(http.StatusNoContent)
	h.arrived <- ev
}

// Answer has the target answer the next deliveries with some status.
func (h *Hook) Answer(status ...int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// Tried returns how many deliveries have come, those that were not taken included.
func (h *Hook) Tried() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tried
}

// Await returns the next reply that was taken.
func (h *Hook) Await(t *testing.T) event.Event {
	t.Helper()
	select {
	case ev := <-h.arrived:
		return ev
	case <-time.After(patience):
		t.Fatal("nothing has arrived")
		return event.Event{}
	}
}

// Options are those of a sender that may call the target alone.
func (h *Hook) Options(t *testing.T) callback.Options {
	t.Helper()
	allowed, err := callback.ParseAllowed(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	return callback.Options{Allowed: allowed}
}

// Sender returns a sender that may call the target alone.
func (h *Hook) Sender(t *testing.T) *callback.Sender {
	t.Helper()
	s, err := callback.New(h.Options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
