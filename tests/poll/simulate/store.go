package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// StoreConfig is how the simulated store behaves.
type StoreConfig struct {
	// Trip is how long a read takes; it sees what is there in the middle.
	Trip time.Duration
	// Lag is the mean of the time after which an eventually consistent read
	// sees a write, and IndexLag that of the index of arrivals; both are
	// exponential.
	Lag, IndexLag time.Duration
	// Index means that the store keeps an index of arrivals, which is read
	// again from Slack before the last scan.
	Index bool
	Slack time.Duration
	// Size of a reply in bytes.
	Size int
	// Skew is how wrong writers' clocks go at most, either way.
	Skew time.Duration
}

// DefaultStore is the store of the published tables.
func DefaultStore() StoreConfig {
	return StoreConfig{
		Trip: 5 * time.Millisecond, Lag: 2 * time.Millisecond, IndexLag: 3 * time.Millisecond,
		Index: true, Slack: 20 * time.Millisecond, Size: 1024, Skew: 2 * time.Millisecond,
	}
}

// What DynamoDB bills: half a unit for each 4 KB or part of them.
const (
	page     = 4096
	eventual = 0.5
)

func units(bytes int) float64 { return eventual * math.Max(1, math.Ceil(float64(bytes)/page)) }

// early is how long before the oldest call a scan without a cursor begins, in
// seconds, for writers' clocks: as the store in DynamoDB does.
const early = 10

type item struct {
	id      reply.ID
	written float64
	stamp   float64 // by the writer's clock
	visible float64
	indexed float64
}

// store holds the replies that were written, in the order of their ids and of
// their stamps.
type store struct {
	cfg      StoreConfig
	rng      *rand.Rand
	epoch    time.Time
	byID     map[reply.ID]*item
	ids      []*item
	arrivals []*item
}

func newStore(cfg StoreConfig, rng *rand.Rand) *store {
	return &store{cfg: cfg, rng: rng, epoch: time.Unix(1_800_000_000, 0), byID: map[reply.ID]*item{}}
}

func (s *store) wall(t float64) time.Time {
	return s.epoch.Add(time.Duration(t * float64(time.Second)))
}

func (s *store) write(id reply.ID, t float64) {
	it := &item{id: id, written: t}
	it.stamp = t + s.cfg.Skew.Seconds()*(2*s.rng.Float64()-1)
	it.visible = t + s.rng.ExpFloat64()*s.cfg.Lag.Seconds()
	it.indexed = t + s.rng.ExpFloat64()*s.cfg.IndexLag.Seconds()
	s.byID[id] = it
	i := sort.Search(len(s.ids), func(i int) bool { return s.ids[i].id.Compare(id) > 0 })
	s.ids = slices.Insert(s.ids, i, it)
	i = sort.Search(len(s.arrivals), func(i int) bool { return s.arrivals[i].stamp > it.stamp })
	s.arrivals = slices.Insert(s.arrivals, i, it)
}

// scan reads the mailbox at t.
func (s *store) scan(l reply.ScanQuery, t float64) reply.ScanResult {
	var items []*item
	var found reply.ScanResult
	if s.cfg.Index {
		from := l.Oldest.Time().Sub(s.epoch).Seconds() - early
		if l.Cursor != "" {
			from, _ = strconv.ParseFloat(l.Cursor, 64)
		}
		i := sort.Search(len(s.arrivals), func(i int) bool { return s.arrivals[i].stamp >= from })
		newest := from
		for _, it := range s.arrivals[i:] {
			if it.indexed <= t {
				items = append(items, it)
				newest = math.Max(newest, it.stamp-s.cfg.Slack.Seconds())
			}
		}
		found.Cursor = strconv.FormatFloat(newest, 'g', -1, 64)
	} else {
		i := sort.Search(len(s.ids), func(i int) bool { return s.ids[i].id.Compare(l.Oldest) >= 0 })
		for _, it := range s.ids[i:] {
			if l.Consistent || it.visible <= t {
				items = append(items, it)
			}
		}
	}
	for _, it := range items {
		found.Replies = append(found.Replies, reply.Arrival{Reply: reply.Reply{Request: reply.Request{ID: it.id}}, Written: s.wall(it.stamp)})
	}
	found.Units = units(len(items) * s.cfg.Size)
	if l.Consistent {
		found.Units *= 2
	}
	return found
}

// get reads one reply at t.
func (s *store) get(id reply.ID, consistent bool, t float64) (reply.GetResult, error) {
	got := reply.GetResult{Units: eventual}
	if consistent {
		got.Units = 2 * eventual
	}
	it := s.byID[id]
	if it == nil || it.written > t || !consistent && it.visible > t {
		return got, reply.ErrUnknown
	}
	got.Units *= math.Ceil(float64(s.cfg.Size) / page)
	got.State, got.Written = reply.Completed, s.wall(it.stamp)
	got.ID = id
	return got, nil
}
