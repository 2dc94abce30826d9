package remote

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/homing-dev/homing/adapter/reply"
)

// maxSeen is how many ids a listener remembers: more than the store in memory
// holds by default.
const maxSeen = 1 << 17

// listener is one call of Notify. It makes "once" of what may come twice: from
// Complete and from the server, or from the server after a lost answer.
type listener struct {
	arrived func(reply.Reply)
	stopped atomic.Bool

	mu sync.Mutex
	// seen holds the ids that were told of; a channel is closed when arrived,
	// which is still running, returns.
	seen  map[reply.ID]chan struct{}
	order []reply.ID // of seen, a ring once it is full
	at    int        // the oldest in the ring
}

func newListener(arrived func(reply.Reply)) *listener {
	return &listener{arrived: arrived, seen: map[reply.ID]chan struct{}{}}
}

// tell calls arrived unless that was done for the same id. If another
// goroutine is just doing so it waits, as whoever completes a reply may count
// on it; but not for longer than ctx.
func (l *listener) tell(ctx context.Context, r reply.Reply) {
	running := make(chan struct{})
	first, other := l.remember(r.ID, running)
	if !first {
		if other != nil {
			select {
			case <-other:
			case <-ctx.Done():
			}
		}
		return
	}
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		close(running)
		if l.seen[r.ID] == running {
			l.seen[r.ID] = nil
		}
	}()
	if !l.stopped.Load() {
		l.arrived(r)
	}
}

// skip remembers ids that are not to be told of.
func (l *listener) skip(ids []wireID) {
	for _, id := range ids {
		l.remember(reply.ID(id), nil)
	}
}

// remember answers true for an id that is new, else who else is telling of it.
func (l *listener) remember(id reply.ID, running chan struct{}) (first bool, other chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, ok := l.seen[id]; ok {
		return false, other
	}
	l.seen[id] = running
	if len(l.order) < maxSeen {
		l.order = append(l.order, id)
		return true, nil
	}
	delete(l.seen, l.order[l.at])
	l.order[l.at] = id
	l.at = (l.at + 1) % maxSeen
	return true, nil
}

func (l *listener) knows(id reply.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.seen[id]
	return ok
}
