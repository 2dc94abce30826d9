package poller

import (
	"log/slog"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Options of a [Poller]. The zero value is ready to use.
type Options struct {
	// Price of a caller's waiting; 0 means [Balanced].
	Price Price
	// Floor and Cap are the shortest and the longest time between two looks
	// while something waits, so that a wrong estimate cannot hurt; 0 means
	// [DefaultFloor] and [DefaultCap]. Floor is also at least half of the
	// store's round trip, so that no more than two looks run at once.
	Floor, Cap time.Duration
	// Timeout of one read; 0 means [DefaultTimeout].
	Timeout time.Duration
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
	if o.Floor <= 0 {
		o.Floor = DefaultFloor
	}
	if o.Cap <= 0 {
		o.Cap = DefaultCap
	}
	o.Cap = max(o.Cap, o.Floor)
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
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
	// Until is when its connection is answered; the last look, strongly
	// consistent and by key, comes in time before it. The zero time is never.
	Until time.Time
}

// Outcome is how the waiting for a call has ended.
type Outcome struct {
	ID reply.ID
	// Reply is nil if the request was cancelled.
	Reply *reply.Reply
	// Cancelled says that the request was cancelled, and has no reply.
	Cancelled bool
}
