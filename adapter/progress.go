package adapter

import (
	"sync"

	"github.com/homing-dev/homing/adapter/reply"
)

// progressLog is what the steps of a running call did so far. Only calls that
// somebody can ask about keep one.
type progressLog struct {
	mu      sync.Mutex
	entries []reply.Progress
	changed chan struct{} // closed at the next entry; nil while nobody looks
}

// maxProgress bounds the log of one call; a chain with many retries is cut.
const maxProgress = 1000

func (l *progressLog) add(p reply.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= maxProgress {
		return
	}
	l.entries = append(l.entries, p)
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// since gives the entries from number n on, and a channel that is closed when
// there are more.
func (l *progressLog) since(n int) ([]reply.Progress, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	n = min(n, len(l.entries))
	return l.entries[n:len(l.entries):len(l.entries)], l.changed
}
