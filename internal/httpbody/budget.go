package httpbody

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/coding"
)

const (
	// patience is how long a body waits for its part of the budget.
	patience = time.Second
	// smallPart is the part of a budget that is kept for what is small, so that a
	// few large bodies that stall do not keep out everything else.
	smallPart = 4
	// quiet is how long no large body must have been held before the memory of
	// the last ones is returned, and burst how many bytes that must be.
	quiet = time.Second
	burst = 32 << 20
)

// ErrBusy is the cause of the problem with status 503 that a body gets for which
// the budget has no room.
var ErrBusy = errors.New("the budget of bytes for bodies is used up")

// Budget bounds the bytes of all bodies that a process holds at once. A quarter of
// it is for bodies of at most 64 KiB and for the replies of other processes. All
// other bodies share the rest with large answers that are being written. A body
// that is larger than its part takes all of it, so that it can be held alone. A
// Budget is safe for concurrent use. Create one with [NewBudget].
type Budget struct {
	small, large part
}

// part is a part of a budget.
type part struct {
	free  *semaphore.Weighted
	size  int64
	held  atomic.Int64
	peak  atomic.Int64 // of held, since memory was last returned
	quiet *time.Timer  // returns memory when it ends; nil if there will never be much
}

// NewBudget creates a budget of a number of bytes; 0 means [DefaultBudget].
func NewBudget(size int64) *Budget {
	size = max(cmp.Or(size, DefaultBudget()), smallPart)
	b := &Budget{}
	b.small.init(size / smallPart)
	b.large.init(size - size/smallPart)
	b.large.quiet = time.AfterFunc(time.Hour, b.large.returnMemory)
	b.large.quiet.Stop()
	return b
}

func (p *part) init(size int64) { p.free, p.size = semaphore.NewWeighted(size), size }

// Held returns how many bytes are held now.
func (b *Budget) Held() int64 { return b.small.held.Load() + b.large.held.Load() }

// Size returns how many bytes may be held.
func (b *Budget) Size() int64 { return b.small.size + b.large.size }

// Describe implements [prometheus.Collector], for a process that has one budget.
func (b *Budget) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(b, to) }

// Collect implements [prometheus.Collector].
func (b *Budget) Collect(to chan<- prometheus.Metric) {
	gauge := func(name, help string, value int64) {
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, float64(value))
	}
	gauge("homing_body_bytes", "Bytes of the bodies that are held now.", b.Held())
	gauge("homing_body_budget_bytes", "Bytes of bodies that may be held at once.", b.Size())
}

// Hold is what a body takes of a budget, until it is released. The zero value
// holds nothing.
type Hold struct {
	of    *part
	bytes atomic.Int64
}

// Release returns what is held to the budget. It may be called again.
func (h *Hold) Release() {
	if n := h.bytes.Swap(0); n > 0 {
		h.of.release(n)
	}
}

func (p *part) release(n int64) {
	p.free.Release(n)
	if p.held.Add(-n) == 0 && p.quiet != nil && p.peak.Load() >= burst {
		p.quiet.Reset(quiet)
	}
}

// returnMemory returns the memory of a burst of bodies to the system, if there
// are none now. The garbage collector by itself runs after two minutes in a
// process that has nothing to do, and the system gets the memory slowly.
func (p *part) returnMemory() {
	if p.held.Load() == 0 {
		p.peak.Store(0)
		debug.FreeOSMemory()
	}
}

// grow holds n more bytes, waiting for them for a while, but no more than p has.
// All of them are of p then; what was held of another part is released.
func (h *Hold) grow(ctx context.Context, p *part, n int64) error {
	former := h.bytes.Load()
	total := min(former+n, p.size)
	more := total
	if h.of == p {
		more -= former
	}
	if more > 0 && !p.free.TryAcquire(more) {
		within, cancel := context.WithTimeoutCause(ctx, patience, ErrBusy)
		defer cancel()
		if p.free.Acquire(within, more) != nil {
			return context.Cause(within) //nolint:wrapcheck // made a problem by busy
		}
	}
	p.add(more)
	if h.of != p {
		h.Release()
		h.of = p
	}
	h.bytes.Store(total)
	return nil
}

func (p *part) add(n int64) {
	held := p.held.Add(n)
	for peak := p.peak.Load(); held > peak && !p.peak.CompareAndSwap(peak, held); {
		peak = p.peak.Load()
	}
}

// shrink releases all but n bytes.
func (h *Hold) shrink(n int64) {
	if over := h.bytes.Load() - n; over > 0 {
		h.bytes.Add(-over)
		h.of.release(over)
	}
}

// Read is [Read] within the budget: h holds the bytes of the body until its
// release. A body for which there is no room within a second is refused with
// status 503, and if its length is known before any of it is read.
func (b *Budget) Read(w http.ResponseWriter, r *http.Request, limit int64, h *Hold) ([]byte, error) {
	switch n := r.ContentLength; {
	case n == 0:
		return Read(w, r, limit)
	case len(r.Header["Content-Encoding"]) > 0: // what comes out of it can be anything up to the limit
		return b.large.read(w, r, limit, h, max(limit, coding.Memory(r.Header)))
	case n > limit:
		return Read(w, r, limit)
	case n < 0:
		return b.readUnknown(w, r, limit, h)
	case n <= trustedLength:
		return b.small.read(w, r, limit, h, n)
	default:
		r.Body = held{r.Body}
		return b.large.read(w, r, limit, h, n)
	}
}

// ReadReply is Read for the reply of another process. The calls that wait for it
// cannot keep it out: their large bodies are in the other part of the budget.
func (b *Budget) ReadReply(w http.ResponseWriter, r *http.Request, limit int64, h *Hold) ([]byte, error) {
	switch n := r.ContentLength; {
	case n == 0:
		return Read(w, r, limit)
	case len(r.Header["Content-Encoding"]) > 0:
		return b.small.read(w, r, limit, h, max(limit, coding.Memory(r.Header)))
	case n > limit:
		return Read(w, r, limit)
	case n < 0:
		return b.small.read(w, r, limit, h, limit)
	default:
		r.Body = held{r.Body}
		return b.small.read(w, r, limit, h, n)
	}
}

// read reads a body of at most n bytes.
func (p *part) read(w http.ResponseWriter, r *http.Request, limit int64, h *Hold, n int64) ([]byte, error) {
	if err := h.grow(r.Context(), p, n); err != nil {
		return nil, busy(w, err)
	}
	data, err := Read(w, r, limit)
	data = exact(data)
	h.shrink(int64(len(data)))
	return data, err
}

// held is a body whose bytes are in a budget, so that its length can be trusted.
type held struct{ io.ReadCloser }

func isHeld(body io.Reader) bool {
	_, ok := body.(held)
	return ok
}

// readUnknown reads a body whose length is not known.
func (b *Budget) readUnknown(w http.ResponseWriter, r *http.Request, limit int64, h *Hold) ([]byte, error) {
	body := &metered{ReadCloser: r.Body, ctx: r.Context(), budget: b, hold: h}
	r.Body = body
	data, err := Read(w, r, limit)
	if body.err != nil {
		h.Release()
		return nil, busy(w, body.err)
	}
	data = exact(data)
	h.shrink(int64(len(data)))
	return data, err
}

// metered takes the bytes of a body from a budget as they are read: twice, because
// what they are read into doubles as it grows.
type metered struct {
	io.ReadCloser

	ctx    context.Context //nolint:containedctx // of its request
	budget *Budget
	hold   *Hold
	length int64
	err    error // why the budget has refused it
}

// Read implements io.Reader.
func (m *metered) Read(data []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.ReadCloser.Read(data)
	p := &m.budget.small
	if m.length += int64(n); m.length > trustedLength {
		p = &m.budget.large
	}
	const doubled = 2
	if m.err = m.hold.grow(m.ctx, p, doubled*int64(n)); m.err != nil {
		return 0, m.err
	}
	return n, err //nolint:wrapcheck // a body's own
}

// exact returns data in memory of about its own size: else what it grew into would
// be held with it.
func exact(data []byte) []byte {
	if cap(data)-len(data) > len(data)/smallPart {
		return bytes.Clone(data)
	}
	return data
}

// Take has h hold n bytes of data that is not the body of a request until its release.
// If there is no room for them within a second it fails with a problem with status 503.
func (b *Budget) Take(ctx context.Context, n int64, h *Hold) error {
	p := &b.large
	if n <= trustedLength {
		p = &b.small
	}
	if err := h.grow(ctx, p, n); err != nil {
		return noRoom(err)
	}
	return nil
}

// busy is the problem of a body for which there is no room. If it is its client
// that has gone, nobody reads it.
func busy(w http.ResponseWriter, cause error) error {
	w.Header().Set("Connection", "close") // the body stays unread
	return noRoom(cause)
}

func noRoom(cause error) error {
	return &functions.Error{RetryAfter: patience, Cause: cause, Problem: functions.Problem{
		Status: http.StatusServiceUnavailable,
		Detail: "the bodies of the calls that run now take all of the memory that the server has for bodies; try again later",
	}}
}

// Answer holds the bytes of an answer until release is called, so that no large
// body is read into the memory that it takes. It never waits: the answer is there,
// whether or not there is room for it.
func (b *Budget) Answer(size int) (release func()) {
	n := min(int64(size), b.large.size)
	if n <= trustedLength || !b.large.free.TryAcquire(n) {
		return nothing
	}
	b.large.add(n)
	return func() { b.large.release(n) }
}

func nothing() {}
