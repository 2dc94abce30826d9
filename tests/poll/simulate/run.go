package simulate

import (
	"container/heap"
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller/hazard"
	"github.com/homing-dev/homing/internal/poller/schedule"
)

// Config of a run.
type Config struct {
	Family   Family
	InFlight int // calls that wait at any time
	Replies  int // that are counted
	Warmup   int // that come before
	Price    float64
	Store    StoreConfig
	// Known means that the scheduler knows the true distribution.
	Known bool
	// Lost is the share of the calls that are never answered.
	Lost  float64
	Until time.Duration // for which a call waits; 0 is 25 s
	Seed  uint64
}

// Result of a run.
type Result struct {
	Replies    int
	Reads      int     // scans of the mailbox and gets
	Units      float64 // read units
	Waiting    float64 // seconds from written to delivered, mean
	P99        float64 // seconds
	Seconds    float64 // that the run took, virtually
	Unanswered int     // calls that ended without a reply
}

// UnitsPerReply is the cost of a reply in read units.
func (r Result) UnitsPerReply() float64 { return r.Units / float64(r.Replies) }

// ReadsPerReply is the number of reads, of any size, for a reply.
func (r Result) ReadsPerReply() float64 { return float64(r.Reads) / float64(r.Replies) }

// Cost per reply in read units, with the waiting at its price.
func (r Result) Cost(price float64) float64 { return r.UnitsPerReply() + price*r.Waiting }

const (
	defaultUntil = 25 * time.Second
	box          = reply.Mailbox(7)
)

// event of the virtual time.
type event struct {
	at  time.Duration
	seq int
	do  func()
}

type events []event

func (e *events) Len() int { return len(*e) }
func (e *events) Less(i, j int) bool {
	a, b := (*e)[i], (*e)[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}
func (e *events) Swap(i, j int) { (*e)[i], (*e)[j] = (*e)[j], (*e)[i] }

// Push is for package heap.
func (e *events) Push(x any) { v, _ := x.(event); *e = append(*e, v) }

// Pop is for package heap.
func (e *events) Pop() any {
	v := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return v
}

type run struct {
	cfg     Config
	rng     *rand.Rand
	now     time.Duration
	queue   events
	seq     int
	store   *store
	sched   *schedule.Scheduler
	wake    time.Duration
	written map[reply.ID]time.Duration
	started int
	ended   int
	waits   []float64
	result  Result
	before  schedule.Counts
	begin   time.Duration
}

// Run simulates.
func Run(cfg Config) Result {
	if cfg.Until == 0 {
		cfg.Until = defaultUntil
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, 1)) //nolint:gosec // must be repeatable
	r := &run{cfg: cfg, rng: rng, store: newStore(cfg.Store, rng), written: map[reply.ID]time.Duration{}}
	sc := schedule.Config{Box: box, Price: cfg.Price, Floor: 2 * time.Millisecond, Cap: time.Second, Random: rng.Float64}
	if cfg.Known {
		curves := map[float64]*hazard.Curve{}
		sc.Curve = func(string) *hazard.Curve {
			median := cfg.Family.Quantile(0.5, r.started)
			if curves[median] == nil {
				curves[median] = cfg.Family.Curve(r.started)
			}
			return curves[median]
		}
	}
	r.sched = schedule.New(sc)
	for i := range cfg.InFlight { // spread, so that they do not start as one
		r.after(time.Second*time.Duration(i)/time.Duration(cfg.InFlight), r.start)
	}
	for r.ended < cfg.Warmup+cfg.Replies && len(r.queue) > 0 {
		e, _ := heap.Pop(&r.queue).(event)
		r.now = e.at
		e.do()
		r.arm()
	}
	r.finish()
	return r.result
}

func (r *run) finish() {
	c := r.sched.Counts()
	r.result.Reads = c.Reads - r.before.Reads
	r.result.Units = c.Units - r.before.Units
	r.result.Replies = len(r.waits)
	r.result.Seconds = (r.now - r.begin).Seconds()
	r.result.Waiting, r.result.P99 = summary(r.waits)
}

func (r *run) after(d time.Duration, do func()) {
	r.seq++
	heap.Push(&r.queue, event{r.now + d, r.seq, do})
}

// start begins a call.
func (r *run) start() {
	id := r.newID()
	latency := r.cfg.Family.sample(r.rng, r.started)
	r.started++
	r.sched.Add(r.now, schedule.Call{ID: id, Chain: "c", Until: r.now + r.cfg.Until})
	if r.rng.Float64() >= r.cfg.Lost {
		r.after(time.Duration(latency*float64(time.Second)), func() {
			r.written[id] = r.now
			r.store.write(id, r.now.Seconds())
		})
	}
	r.after(r.cfg.Until, func() { r.giveUp(id) })
}

func (r *run) newID() reply.ID {
	id := reply.NewID(r.store.wall(r.now.Seconds()), box)
	binary.BigEndian.PutUint32(id[9:], uint32(r.started)) //nolint:gosec // its random part must be repeatable
	id[6], id[7], id[8] = 0x70, 0, 0x80
	return id
}

func (r *run) giveUp(id reply.ID) {
	waiting := r.sched.Waiting()
	r.sched.Remove(r.now, id)
	if r.sched.Waiting() < waiting {
		r.result.Unanswered++
		r.end()
	}
}

// end counts a call, and begins the next in its place.
func (r *run) end() {
	r.ended++
	if r.ended == r.cfg.Warmup {
		r.before, r.begin = r.sched.Counts(), r.now
		r.result.Unanswered = 0
	}
	r.start()
}

// arm starts the reads that are due, or sets the time when they are.
func (r *run) arm() {
	for _, read := range r.sched.Due(r.now) {
		r.read(read)
	}
	at, ok := r.sched.Next()
	if !ok {
		r.wake = -1
		return
	}
	if t := max(at, r.now); t != r.wake {
		r.wake = t
		r.after(t-r.now, func() {})
	}
}

func (r *run) read(read schedule.Read) {
	half := r.cfg.Store.Trip / 2
	r.after(half, func() {
		if read.ByKey {
			got, err := r.store.get(read.ID, read.Consistent, r.now.Seconds())
			r.after(half, func() { r.deliver(r.sched.Got(r.now, read, got, err)) })
			return
		}
		found := r.store.scan(read.Query, r.now.Seconds())
		r.after(half, func() { r.deliver(r.sched.Scanned(r.now, read, found, nil)) })
	})
}

func (r *run) deliver(out []schedule.Delivery) {
	for _, d := range out {
		if r.ended >= r.cfg.Warmup {
			r.waits = append(r.waits, (r.now - r.written[d.ID]).Seconds())
		}
		delete(r.written, d.ID)
		r.end()
	}
}
