package dynamodb

import (
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Store implements [reply.Store] and [reply.Scanner] on a table. Make one with
// [New]. It is safe for concurrent use, by any number of processes on the same
// table, and holds nothing that must be closed.
//
// A call that fails because the table cannot take it now is retried: when it is
// throttled, out of reach, silent or in trouble. Every change carries a random
// name, so that one whose answer was lost is recognised when it is repeated:
// its own earlier attempt is success and never a conflict. A change is waited
// for a second longer than its context lets it, once it is sent, so that what
// became of it is usually known.
//
// An error that is not one of package reply names the operation and what the
// last attempt met, and no data.
type Store struct {
	opts        Options
	settle      time.Duration // settleTime, but for tests
	compressors sync.Pool // of *flate.Writer: each takes more than half a megabyte
}

var (
	_ reply.Store   = (*Store)(nil)
	_ reply.Scanner = (*Store)(nil)
)

// New makes a store on a table that is there. Nothing is called.
func New(opts Options) (*Store, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Store{opts: opts, settle: settleTime}, nil
}

// passed says whether the moment t has come.
func passed(t, now time.Time) bool { return !now.Before(t) }
