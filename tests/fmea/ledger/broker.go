package main

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// message is an event in binary mode, as it travels: attributes are headers.
type message struct {
	header http.Header
	body   string
}

func (m message) attribute(name string) string { return m.header.Get("Ce-" + name) }

func (m message) isEvent() bool {
	return m.attribute("Specversion") == "1.0" && m.attribute("Id") != "" && m.attribute("Source") != "" && m.attribute("Type") != ""
}

// broker is a double of a Knative Broker, after the data plane contract: it
// answers 202 and delivers, as often as the manifests ask for. Within that
// contract it does what it can to confuse: it refuses events, takes them without
// an answer, delivers them up to three times, late and in another order, and
// misses that they were handled.
type broker struct {
	dice   *dice
	calm   bool
	client *http.Client
	work   sync.WaitGroup

	mu       sync.Mutex
	triggers []trigger
	next     chan struct{} // closed when the next event is taken
	counts   brokerCounts
	dead     map[string]string // why the events of a request were given up
}

// trigger brings the events whose routing slip begins with prefix to a URL.
type trigger struct{ prefix, url string }

// brokerCounts is what the broker has done.
type brokerCounts struct {
	taken, refused, unanswered         int
	delivered, copies, again, unheard  int
	delayed, overtaken, dropped, stray int
	dead                               map[string]int // by the last answer
}

func newBroker(d *dice, calm bool) *broker {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	return &broker{
		dice: d, calm: calm, client: &http.Client{Transport: transport}, next: make(chan struct{}),
		counts: brokerCounts{dead: map[string]int{}}, dead: map[string]string{},
	}
}

// handler is the ingress; what it delivers ends with ctx.
func (b *broker) handler(ctx context.Context) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.ingress(ctx, w, r) })
}

// Chances of the ingress.
const (
	refuseEvent  = 0.02
	takeSilently = 0.01
	delayIngress = 0.03
)

func (b *broker) ingress(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	m := message{attributes(r.Header), string(body)}
	if err != nil || !m.isEvent() {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if b.chance(delayIngress) && !pause(r.Context(), b.dice.between(0, 300*time.Millisecond)) {
		return
	}
	if b.chance(refuseEvent) {
		b.count(func(c *brokerCounts) { c.refused++ })
		status := http.StatusServiceUnavailable
		if b.dice.hit(0.5) {
			status = http.StatusTooManyRequests
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(status)
		return
	}
	b.take(ctx, m)
	if b.chance(takeSilently) {
		b.count(func(c *brokerCounts) { c.unanswered++ })
		panic(http.ErrAbortHandler) // closes the connection
	}
	w.WriteHeader(http.StatusAccepted)
}

// take has an event delivered to whom it is for.
func (b *broker) take(ctx context.Context, m message) {
	const (
		twice = 0.05
		third = 0.3
	)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts.taken++
	close(b.next)
	b.next = make(chan struct{})
	wanted := false
	for _, t := range b.triggers {
		if !strings.HasPrefix(m.attribute("Routingslip"), t.prefix) {
			continue
		}
		wanted = true
		late := b.lag()
		b.work.Go(func() { b.deliver(ctx, m, t, late) })
		for n := twice; b.chance(n); n = third {
			b.counts.copies++
			b.work.Go(func() { b.deliver(ctx, m, t, b.lateness()) })
			if n == third {
				break
			}
		}
	}
	if !wanted {
		b.counts.stray++
	}
}

// lateness is when a copy comes: mostly at once, and sometimes when the request
// is long over.
func (b *broker) lateness() time.Duration {
	if b.dice.hit(0.3) {
		return b.dice.between(0, 8*time.Second)
	}
	return b.dice.between(0, 100*time.Millisecond)
}

// lag is how much later than at once an event is delivered; b.mu is held.
func (b *broker) lag() time.Duration {
	if !b.chance(0.1) {
		return 0
	}
	b.counts.delayed++
	return b.dice.between(0, 500*time.Millisecond)
}

// chance reports true with probability p, unless the broker is calm.
func (b *broker) chance(p float64) bool { return !b.calm && b.dice.hit(p) }

func (b *broker) count(change func(*brokerCounts)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.counts)
}

// route adds a trigger.
func (b *broker) route(prefix, url string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.triggers = append(b.triggers, trigger{prefix, url})
}

// given returns why the events of a request were given up; "" if none was.
func (b *broker) given(request string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dead[request]
}

// sums is what the broker has done so far.
func (b *broker) sums() brokerCounts {
	b.mu.Lock()
	defer b.mu.Unlock()
	counts := b.counts
	counts.dead = maps.Clone(b.counts.dead)
	return counts
}
