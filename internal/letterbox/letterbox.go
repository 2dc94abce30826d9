// Package letterbox is where dead letters are kept that outlive the process which
// got them: the interface that a server with room for them implements. It knows
// nothing of what is in a letter; that is package deadletter.
package letterbox

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"
)

// Letter is a letter in a box. It must not be changed.
type Letter struct {
	// Key names the letter: two with the same one are one letter. It is of letters,
	// digits and dashes, and not empty.
	Key string
	// Version is that of the letter's content: the box chooses it when it is put.
	Version string
	// Kept is when it was put, to the millisecond.
	Kept time.Time
	// Body is the letter.
	Body []byte
}

// Limits bound what is in a box. Zero values mean the defaults.
type Limits struct {
	// Letters is how many letters there are at most.
	Letters int
	// Bytes is how large all bodies are together at most.
	Bytes int64
	// Retention is for how long a letter is kept.
	Retention time.Duration
}

// Defaults of [Limits].
const (
	DefaultLetters   = 10_000
	DefaultBytes     = 64 << 20
	DefaultRetention = 14 * 24 * time.Hour
)

// WithDefaults returns the limits with the defaults where there is nothing.
func (l Limits) WithDefaults() Limits {
	return Limits{
		Letters: cmp.Or(l.Letters, DefaultLetters), Bytes: cmp.Or(l.Bytes, DefaultBytes),
		Retention: cmp.Or(l.Retention, DefaultRetention),
	}
}

// Half returns limits of half as many letters and bytes. Who puts letters of which
// a caller can cause any number puts them within these, and leaves the other half of
// the box to the letters that nobody asks for.
func (l Limits) Half() Limits {
	l = l.WithDefaults()
	l.Letters, l.Bytes = max(l.Letters/2, 1), max(l.Bytes/2, 1) //nolint:mnd // a half
	return l
}

var (
	// ErrFull means that a letter does not fit: it would be one too many, or too
	// large for what is left. Those that are there stay.
	ErrFull = errors.New("the box of dead letters is full")
	// ErrNone means that there is no such letter, or that it has expired.
	ErrNone = errors.New("there is no such dead letter")
	// ErrChanged means that a letter was put again since it was read.
	ErrChanged = errors.New("the dead letter was put again meanwhile")
)

// Box keeps letters. It is safe for concurrent use, by several processes. Limits count
// all that is in a box, whoever has put it: who has lower ones finds it full earlier.
// Several that put letters at the same moment may pass them by as much as they put.
type Box interface {
	// Put keeps a letter for the retention of the box, from now on. One that is there
	// under its key is replaced: its event has died again. It returns [ErrFull] if
	// the letter does not fit; one that is no larger than that under its key does.
	// A repeated call has no other effect than one.
	Put(ctx context.Context, key string, body []byte) error
	// List returns the letters that there are, in no order. One that is put or
	// deleted meanwhile may be among them or not. It ends with the first error.
	List(ctx context.Context) iter.Seq2[Letter, error]
	// Get returns a letter, or [ErrNone].
	Get(ctx context.Context, key string) (Letter, error)
	// Delete deletes a letter as it was read. It returns [ErrChanged] if it was put
	// again since then, and nil if it is not there any more.
	Delete(ctx context.Context, l Letter) error
}

// Keeper is what a reply store implements whose server has room for letters, too.
type Keeper interface {
	// Letters returns the box of the server, with some limits. Nothing is called.
	Letters(limits Limits) Box
}
