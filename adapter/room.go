package adapter

import (
	"sync"

	"github.com/homing-dev/homing/adapter/reply"
)

// room is where connections wait for the outcome of a request by its id: those
// that started it, those that joined it by its idempotency key and those that
// fetch it.
type room struct {
	mu      sync.Mutex
	waiting map[reply.ID]map[*waiter]struct{}
}

// waiter is one connection in the room.
type waiter struct {
	id      reply.ID
	outcome chan outcome // gets one outcome at most
}

// outcome is what becomes of a request. If reply is nil it was ended without
// one: cancelled, or given back before it ran.
type outcome struct {
	reply     *reply.Reply
	cancelled bool
}

func newRoom() room {
	return room{waiting: map[reply.ID]map[*waiter]struct{}{}}
}

// join waits for id from now on. The caller must leave.
func (rm *room) join(id reply.ID) *waiter {
	w := &waiter{id: id, outcome: make(chan outcome, 1)}
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if rm.waiting[id] == nil {
		rm.waiting[id] = map[*waiter]struct{}{}
	}
	rm.waiting[id][w] = struct{}{}
	return w
}

func (rm *room) leave(w *waiter) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	there := rm.waiting[w.id]
	delete(there, w)
	if len(there) == 0 {
		delete(rm.waiting, w.id)
	}
}

// deliver wakes everyone who waits for id.
func (rm *room) deliver(id reply.ID, o outcome) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	for w := range rm.waiting[id] {
		select {
		case w.outcome <- o:
		default: // has one already
		}
	}
}

// size is the number of connections in the room.
func (rm *room) size() int {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	n := 0
	for _, there := range rm.waiting {
		n += len(there)
	}
	return n
}
