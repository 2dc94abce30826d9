package redis

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/adapter/reply"
)

// place is where an entry is in a stream: the server's milliseconds, and a
// number among those of one. The zero place is before all.
type place struct {
	ms, seq uint64
}

func parsePlace(s string) (place, error) {
	if s == "" {
		return place{}, nil
	}
	ms, seq, _ := strings.Cut(s, "-")
	var p place
	var err1, err2 error
	p.ms, err1 = strconv.ParseUint(ms, 10, 64)
	p.seq, err2 = strconv.ParseUint(seq, 10, 64)
	if err1 != nil || err2 != nil {
		return place{}, errMalformed
	}
	return p, nil
}

func (p place) String() string {
	return strconv.FormatUint(p.ms, 10) + "-" + strconv.FormatUint(p.seq, 10)
}

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.ms, other.ms), cmp.Compare(p.seq, other.seq))
}

func (p place) after(other place) bool { return p.compare(other) > 0 }

// recents is how many ids a [recent] remembers.
const recents = 1 << 14

// recent remembers the ids that were added last.
type recent struct {
	ids  map[reply.ID]struct{}
	ring []reply.ID
	next int // where the oldest is once the ring is full
}

// add returns false if the id is remembered.
func (r *recent) add(id reply.ID) bool {
	if _, ok := r.ids[id]; ok {
		return false
	}
	if r.ids == nil {
		r.ids = map[reply.ID]struct{}{}
	}
	if len(r.ring) < recents {
		r.ring = append(r.ring, id)
	} else {
		delete(r.ids, r.ring[r.next])
		r.ring[r.next] = id
		r.next = (r.next + 1) % recents
	}
	r.ids[id] = struct{}{}
	return true
}
