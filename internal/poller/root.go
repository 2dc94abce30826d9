package poller

import "time"

// root is the parent of the contexts of all reads. A poller reads for many
// requests at once and outlives each of them, so none of theirs will do; what
// ends a read is that nothing waits any more.
type root struct{}

func (root) Deadline() (time.Time, bool) { return time.Time{}, false }
func (root) Done() <-chan struct{}       { return nil }
func (root) Err() error                  { return nil }
func (root) Value(any) any               { return nil }
