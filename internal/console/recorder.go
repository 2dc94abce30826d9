package console

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// Limits of what a [Recorder] keeps. Zero values mean the defaults.
type Limits struct {
	// Requests is how many requests there are at most.
	Requests int
	// Bytes is how large all that is kept of them is at most, about.
	Bytes int
	// Body is how much of one body is kept.
	Body int
}

// Defaults of [Limits].
const (
	DefaultRequests = 500
	DefaultBytes    = 32 << 20
	DefaultBody     = 256 << 10

	// recordBytes is about what a request takes without its bodies.
	recordBytes = 2 << 10
	// maxRuns bounds the attempts that are kept of one request.
	maxRuns = 200
)

// Options of [New].
type Options struct {
	Limits Limits
	// Store is where replies are kept: it may have dead letters, too. It may be nil.
	Store reply.Store
	// Tokens is true if who asks must send a token.
	Tokens bool
}

// Recorder keeps the last requests of a process. It is safe for concurrent use. It
// is an adapter.Observer.
type Recorder struct {
	Options

	started time.Time
	logs    lines
	done    chan struct{} // closed when streams are to end
	close   sync.Once
	streams gauge
	files   func() (map[string]string, error) // of the page

	mu     sync.Mutex
	chains []*chain
	byName map[string]*chain
	byID   map[string]*record
	ring   []*record // in the order in which they came
	bytes  int
	change uint64 // counts changes of requests
}

// New creates a recorder.
func New(o Options) *Recorder {
	o.Limits.Requests = cmp.Or(o.Limits.Requests, DefaultRequests)
	o.Limits.Bytes = cmp.Or(o.Limits.Bytes, DefaultBytes)
	o.Limits.Body = cmp.Or(o.Limits.Body, DefaultBody)
	return &Recorder{
		Options: o, started: time.Now(), done: make(chan struct{}), byName: map[string]*chain{}, byID: map[string]*record{},
		streams: gauge{most: maxStreams}, files: sync.OnceValues(unpack),
	}
}

// Close ends the streams of those who watch.
func (r *Recorder) Close() { r.close.Do(func() { close(r.done) }) }

// chain is a chain with what is measured of it.
type chain struct {
	functions.Chain

	stats  stats
	steps  map[string]*step
	runner Runner // nil if its steps run in other processes
}

// step is one step of a chain with what is measured of it.
type step struct {
	functions.Step

	index int
	stats stats
}

// add registers a chain.
func (r *Recorder) add(c functions.Chain) *chain {
	ch := &chain{Chain: c, steps: map[string]*step{}}
	for i, s := range c.Steps {
		ch.steps[s.Name] = &step{Step: s, index: i}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.chains = append(r.chains, ch)
	r.byName[c.Name] = ch
	return ch
}

// start keeps a new record, and forgets old ones. r.mu is held.
func (r *Recorder) start(rec *record) {
	r.byID[rec.id] = rec
	r.ring = append(r.ring, rec)
	r.grow(rec, recordBytes)
	for len(r.ring) > r.Limits.Requests {
		r.forget()
	}
}

// grow counts what is kept of a request. r.mu is held.
func (r *Recorder) grow(rec *record, bytes int) {
	rec.bytes += bytes
	r.bytes += bytes
	for r.bytes > r.Limits.Bytes && len(r.ring) > 1 {
		r.forget()
	}
}

// forget drops the oldest request. r.mu is held.
func (r *Recorder) forget() {
	old := r.ring[0]
	r.ring[0] = nil
	r.ring = r.ring[1:]
	r.bytes -= old.bytes
	old.gone = true
	if old.answered.IsZero() && old.kind != kindStep {
		old.chain.stats.running--
	}
	if r.byID[old.id] == old {
		delete(r.byID, old.id)
	}
}

// changed marks a request as changed. r.mu is held.
func (r *Recorder) changed(rec *record) {
	r.change++
	rec.change = r.change
}

// since returns the requests that have changed behind a count of changes, oldest
// first, at most limit of them, and the count now.
func (r *Recorder) since(change uint64, limit int) ([]Summary, uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []Summary{}
	for _, rec := range slices.Backward(r.ring) {
		if rec.change > change && len(all) < limit {
			all = append(all, rec.summary())
		}
	}
	slices.Reverse(all)
	return all, r.change
}

// gauge lets a limited number in at once.
type gauge struct {
	mu   sync.Mutex
	n    int
	most int
}

func (g *gauge) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n >= g.most {
		return false
	}
	g.n++
	return true
}

func (g *gauge) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n--
}
