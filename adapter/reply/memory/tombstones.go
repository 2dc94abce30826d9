package memory

import "github.com/homing-dev/homing/adapter/reply"

// tombstones remember the ids that expired last, up to a limit.
type tombstones struct {
	limit int
	ids   map[reply.ID]struct{}
	ring  []reply.ID // in the order of burial, from oldest on
	next  int        // where the oldest is once the ring is full
}

func newTombstones(limit int) tombstones {
	return tombstones{limit: limit, ids: map[reply.ID]struct{}{}}
}

func (t *tombstones) has(id reply.ID) bool {
	_, ok := t.ids[id]
	return ok
}

// add remembers an id that is not there yet.
func (t *tombstones) add(id reply.ID) {
	switch {
	case t.limit == 0:
		return
	case len(t.ring) < t.limit:
		t.ring = append(t.ring, id)
	default:
		delete(t.ids, t.ring[t.next])
		t.ring[t.next] = id
		t.next = (t.next + 1) % t.limit
	}
	t.ids[id] = struct{}{}
}
