package redis

import (
	"cmp"
	"crypto/tls"
	"errors"
	"log/slog"
	"time"
)

// Defaults of [Options].
const (
	DefaultPrefix    = "homing:"
	DefaultMaxReply  = 16 << 20
	DefaultMaxBytes  = 256 << 20
	DefaultTombstone = time.Hour
	DefaultPatience  = 8 * time.Second
	DefaultAttempt   = 2 * time.Second
	DefaultReserve   = 64 << 10
)

// Options configure a [Store]. The zero value has the defaults; no number may
// be negative.
type Options struct {
	// Prefix is in front of every key and channel of the store: "" means
	// [DefaultPrefix]. It may not have braces. Who shares replies must agree on it.
	Prefix string
	// MaxReply is how large a reply may be, attributes and progress included,
	// in bytes; 0 means [DefaultMaxReply].
	MaxReply int64
	// Tombstone is for how long after its expiry an expired request is told from
	// an unknown one; 0 means [DefaultTombstone]. What is left of it then is
	// about 200 bytes; its reply has gone.
	Tombstone time.Duration
	// MaxBytes is what registered requests and their replies may take of one mailbox,
	// which is those of one adapter, when several tenants share it: each has an
	// equal share, see [Store.Share]; 0 means [DefaultMaxBytes].
	MaxBytes int64
	// TenantEntries is how many requests of one tenant are held at once of
	// those in one mailbox, which is those of one adapter; 0 means no limit. More
	// get a [reply.FullError], and leave room for others.
	TenantEntries int64
	// TenantBytes is the same for the bytes of their replies, where a request
	// without a reply counts as [DefaultReserve]; 0 means the share of MaxBytes. The reply of a
	// registered request is taken nevertheless.
	TenantBytes int64
	// Patience is for how long a call is retried that the server cannot take
	// now, unless its context ends before; 0 means [DefaultPatience].
	Patience time.Duration
	// Attempt is how long one attempt of a call may take; 0 means
	// [DefaultAttempt].
	Attempt time.Duration
	// TLS is what [Open] uses for a URL whose scheme begins with rediss; nil
	// means the system's certificates.
	TLS *tls.Config
	// Logger gets warnings; nil means [slog.Default].
	Logger *slog.Logger
	// Now is a clock for expiry and leases in the place of the server's, for
	// tests; nil means that the server's counts. It is called by many goroutines.
	Now func() time.Time
}

func (o Options) withDefaults() (Options, error) {
	if min(o.MaxReply, o.MaxBytes, o.TenantEntries, o.TenantBytes, int64(o.Tombstone), int64(o.Patience), int64(o.Attempt)) < 0 {
		return o, errors.New("options of the reply store in Redis: a number is negative")
	}
	o.Prefix = cmp.Or(o.Prefix, DefaultPrefix)
	for _, c := range o.Prefix {
		if c == '{' || c == '}' {
			return o, errors.New("options of the reply store in Redis: the prefix has braces, which name the slot of a key")
		}
	}
	o.MaxReply = cmp.Or(o.MaxReply, DefaultMaxReply)
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.Tombstone = cmp.Or(o.Tombstone, DefaultTombstone)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	o.Attempt = cmp.Or(o.Attempt, DefaultAttempt)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}
