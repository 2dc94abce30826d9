package memory

import (
	"cmp"
	"time"
)

// Defaults of [Options].
const (
	DefaultMaxEntries = 100_000
	DefaultMaxBytes   = 256 << 20
	DefaultReserve    = 64 << 10
	DefaultTombstones = 100_000
)

// replyShare is the part of MaxBytes that is the default of MaxReply.
const replyShare = 4

// Options bound a [Store]. The zero value has the defaults.
type Options struct {
	// MaxEntries is how many requests and claims are held at once; 0 and less
	// mean [DefaultMaxEntries].
	MaxEntries int
	// MaxBytes is how much memory they may take, in bytes; 0 and less mean
	// [DefaultMaxBytes]. Data, attributes, progress and keys are counted, and
	// for every record what it costs to hold it. Tombstones are not counted:
	// they take about 70 bytes each.
	MaxBytes int64
	// MaxReply is how much memory one reply may take, in bytes as MaxBytes
	// counts them: a larger one is refused by [reply.ErrTooLarge]. 0 and less
	// mean a quarter of MaxBytes, so that no reply fills the store by itself.
	MaxReply int64
	// Reserve is how many bytes are set aside for the reply of every
	// registered request that still runs; 0 means [DefaultReserve], less means
	// none. A larger reply is taken up to MaxReply, as its request was promised
	// that, so MaxBytes may be overshot by MaxReply for each pending request.
	Reserve int64
	// Tombstones is how many expired ids are remembered as such, the oldest
	// forgotten first; 0 means [DefaultTombstones], less means none.
	Tombstones int
	// Now is the clock; nil means time.Now. It is called by many goroutines.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.MaxEntries = cmp.Or(max(o.MaxEntries, 0), DefaultMaxEntries)
	o.MaxBytes = cmp.Or(max(o.MaxBytes, 0), DefaultMaxBytes)
	o.MaxReply = cmp.Or(max(o.MaxReply, 0), o.MaxBytes/replyShare)
	o.Reserve = max(cmp.Or(o.Reserve, DefaultReserve), 0)
	o.Tombstones = max(cmp.Or(o.Tombstones, DefaultTombstones), 0)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
