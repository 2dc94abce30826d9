package e2e_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// message is an event in binary mode, as it travels: attributes are headers.
type message struct {
	header http.Header
	body   string
}

func (m message) attribute(name string) string { return m.header.Get("Ce-" + name) }

// trigger brings the events whose routing slip begins with prefix to a
// subscriber, as a Trigger with the filter prefix does.
type trigger struct{ prefix, subscriber string }

// delivery is a DeliverySpec: how often an event is sent again, and after how
// long, which doubles with every time.
type delivery struct {
	retries int
	backoff time.Duration
	copies  int // every event is delivered so many times: at least once may mean more
}

// broker is a double of a Knative Broker, in memory, after the data plane
// contract: it answers 202, delivers by POST with "Prefer: reply", takes a
// reply event in, delivers again as the contract says, and dead-letters with
// the knativeerror attributes.
type broker struct {
	url      string
	delivery delivery
	client   *http.Client
	work     sync.WaitGroup
	ctx      context.Context //nolint:containedctx // ends the deliveries with the test

	mu       sync.Mutex
	open     chan struct{} // closed unless paused
	triggers []trigger
	sinkURL  string // of the dead letters; "" if they are only counted
	taken    []message
	dead     []message
	stray    int // events that no trigger wanted
}

// newBroker starts a broker that ends with the test.
func newBroker(t *testing.T, d delivery) *broker {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background()) // outlives the test's own, for its cleanup
	b := &broker{delivery: d, client: newClient(t), ctx: ctx, open: make(chan struct{})}
	close(b.open)
	srv := httptest.NewServer(http.HandlerFunc(b.ingress))
	b.url = srv.URL
	t.Cleanup(func() {
		cancel()
		b.work.Wait()
		srv.Close()
	})
	return b
}

// route adds a trigger.
func (b *broker) route(prefix, subscriber string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.triggers = append(b.triggers, trigger{prefix, subscriber})
}

// sink has dead letters sent to a URL.
func (b *broker) sink(url string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sinkURL = url
}

// pause holds what is not yet on its way, until the broker goes on.
func (b *broker) pause() (goOn func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = make(chan struct{})
	return sync.OnceFunc(func() { close(b.open) })
}

// events are those that were taken in.
func (b *broker) events() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]message(nil), b.taken...)
}

// deadLetters are the events that were given up.
func (b *broker) deadLetters() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]message(nil), b.dead...)
}

// next waits for the event with number n, from 0 on.
func (b *broker) next(t *testing.T, n int) message {
	t.Helper()
	wait.Eventually(t, "an event at the broker", func() bool { return len(b.events()) > n })
	return b.events()[n]
}

func (b *broker) ingress(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	m := message{attributes(r.Header), string(body)}
	switch {
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case err != nil, m.attribute("Id") == "", m.attribute("Specversion") != "1.0", m.attribute("Source") == "", m.attribute("Type") == "":
		w.WriteHeader(http.StatusBadRequest)
	default:
		b.take(m)
		w.WriteHeader(http.StatusAccepted)
	}
}

// take keeps an event and has it delivered.
func (b *broker) take(m message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = append(b.taken, m)
	wanted := false
	for _, tr := range b.triggers {
		if !strings.HasPrefix(m.attribute("Routingslip"), tr.prefix) {
			continue
		}
		wanted = true
		for range max(1, b.delivery.copies) {
			b.work.Go(func() { b.deliver(m, tr) })
		}
	}
	if !wanted {
		b.stray++
	}
}

// attributes are the headers that belong to an event.
func attributes(h http.Header) http.Header {
	out := maps.Clone(h)
	maps.DeleteFunc(out, func(name string, _ []string) bool {
		return name != "Content-Type" && !strings.HasPrefix(name, "Ce-")
	})
	return out
}
