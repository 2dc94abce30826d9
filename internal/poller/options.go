package poller

import (
	"cmp"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/tracing"
)

// Options of a [Poller]. The zero value is ready to use.
type Options struct {
	// Price of a caller's waiting; 0 means [Balanced].
	Price Price
	// Floor and Cap are the shortest and the longest time between two reads
	// while something waits, so that a wrong estimate cannot hurt; 0 means
	// [DefaultFloor] and [DefaultCap]. Floor is also at least half of the
	// store's round trip, so that no more than two scans run at once.
	Floor, Cap time.Duration
	// Timeout of one read; 0 means [DefaultTimeout].
	Timeout time.Duration
	// Tracer records a span for each read of calls that are sampled; nil means none.
	Tracer *tracing.Tracer
	// Logger gets what goes wrong; nil means nobody.
	Logger *slog.Logger
}

// Defaults of [Options].
const (
	DefaultFloor   = 2 * time.Millisecond
	DefaultCap     = time.Second
	DefaultTimeout = 3 * time.Second
)

func (o Options) withDefaults() Options {
	o.Floor = cmp.Or(max(o.Floor, 0), DefaultFloor)
	o.Cap = max(cmp.Or(max(o.Cap, 0), DefaultCap), o.Floor)
	o.Timeout = cmp.Or(max(o.Timeout, 0), DefaultTimeout)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Call is a request whose reply is waited for.
type Call struct {
	ID reply.ID
	// Chain whose latency it shares; "" if it is not known.
	Chain string
	// Until is when its connection is answered; the final read, strongly
	// consistent and by key, comes in time before it. The zero time is never.
	Until time.Time
}

// Result is how the waiting for a call has ended.
type Result struct {
	ID reply.ID
	// Reply is nil if the request was cancelled.
	Reply *reply.Reply
	// Cancelled means that the request was cancelled, and has no reply.
	Cancelled bool
}

// Price is what a second of one caller's waiting is worth, in read units: the
// one thing that a poller has to know. With n calls in flight of a chain
// whose replies come after a second on average, reads of u units are about
// sqrt(2·u/(Price·n)) seconds apart.
type Price float64

// The prices that have a name. See docs/poller.md for what they lead to.
const (
	// Cost is for who pays for the waiting: what Lambda bills for the time in
	// which an adapter of 128 MB on arm64 waits for one call,
	// 0.125 GB · $0.0000133334 a second, is the price of 13.3 read units at
	// $0.125 a million.
	Cost Price = 13.3
	// Balanced reads about four times as often. It is the zero Options' price,
	// and what Lambda bills for 2 GB.
	Balanced Price = 213
	// Latency reads for a single call as a fixed interval of 17 ms does, but
	// not before it is likely to be answered.
	Latency Price = 3400
)

// Limits of a price: beyond them a read is never or always worth it.
const (
	minPrice = 1e-3
	maxPrice = 1e7
)

// ParsePrice reads "latency", "balanced", "cost", or a number of read units
// from 0.001 to 10,000,000. "" is Balanced.
func ParsePrice(s string) (Price, error) {
	if p, ok := map[string]Price{"latency": Latency, "balanced": Balanced, "": Balanced, "cost": Cost}[s]; ok {
		return p, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || v < minPrice || v > maxPrice {
		return 0, fmt.Errorf("the price of waiting %q is not latency, balanced, cost or a number of read units from 0.001 to 10000000", s)
	}
	return Price(v), nil
}

// bounded returns a price that a scheduler can work with.
func (p Price) bounded() float64 {
	if p == 0 || math.IsNaN(float64(p)) {
		p = Balanced
	}
	return min(max(float64(p), minPrice), maxPrice)
}
