package redis

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// slots is over how many hash slots of a cluster mailboxes are spread. An
// adapter that waits for replies in several mailboxes has a connection for
// each slot, so there are not too many.
const slots = 64

// keysOf are the keys of a request. Those of a mailbox are in one slot, by the
// tag in braces, as a script can change only what is in one.
type keysOf struct {
	record, body, index, stream, usage, quota string
}

func (s *Store) tag(box reply.Mailbox) string {
	const digits = 2
	return s.opts.Prefix + "{" + hexadecimal(uint32(box)%slots, digits) + "}"
}

func (s *Store) keys(id reply.ID) keysOf {
	tag, name, box := s.tag(id.Mailbox()), id.String(), boxName(id.Mailbox())
	return keysOf{
		record: tag + "r:" + name, body: tag + "b:" + name,
		index: tag + "i:" + box, stream: tag + "s:" + box, usage: tag + "u:" + box, quota: tag + "q:" + box,
	}
}

// boxKey is a key of a mailbox: its index, its stream, or of what its tenants use.
func (s *Store) boxKey(box reply.Mailbox, kind string) string {
	return s.tag(box) + kind + ":" + boxName(box)
}

func boxName(box reply.Mailbox) string {
	const digits = 5
	return hexadecimal(uint32(box), digits)
}

// hexadecimal writes a number with so many digits at least.
func hexadecimal(n uint32, digits int) string {
	const base, zeros = 16, "00000"
	text := strconv.FormatUint(uint64(n), base)
	return zeros[:max(digits-len(text), 0)] + text
}

// claimKey is where the claim on an idempotency key is kept: any replica finds
// it by the key alone, so it is in a slot of its own.
func (s *Store) claimKey(key string) string {
	hash := sha256.Sum256([]byte(key))
	return s.opts.Prefix + "c:" + hex.EncodeToString(hash[:])
}

// longest is what a time to live is cut to: a century.
const longest = 100 * 365 * 24 * time.Hour

// now is the present by the clock that the times of requests are compared with
// here.
func (s *Store) now() time.Time {
	if s.opts.Now != nil {
		return s.opts.Now()
	}
	return time.Now()
}

// named is the present as scripts get it: "" if the server's counts.
func (s *Store) named() string {
	if s.opts.Now == nil {
		return ""
	}
	return strconv.FormatInt(s.opts.Now().UnixMilli(), 10)
}

// until is how far a moment is away, in milliseconds, rounded up.
func (s *Store) until(t time.Time) int64 {
	d := min(t.Sub(s.now()), longest)
	return int64(math.Ceil(float64(d) / float64(time.Millisecond)))
}

// keep is for how long it is known that there was a request, in milliseconds.
func (s *Store) keep(expires time.Time) int64 {
	return s.until(expires) + s.opts.Tombstone.Milliseconds()
}

// moment is a time as a record has it: "" for the zero time.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func parseMoment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}
