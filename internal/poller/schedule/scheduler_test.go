package schedule_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller/schedule"
)

const box = reply.Mailbox(5)

var start = time.Unix(1_800_000_000, 0)

func newScheduler(price float64) *schedule.Scheduler {
	return schedule.New(schedule.Config{
		Box: box, Price: price, Floor: 2 * time.Millisecond, Cap: time.Second, Random: func() float64 { return 0.5 },
	})
}

func id(at time.Duration) reply.ID { return reply.NewID(start.Add(at), box) }

func found(cursor string, ids ...reply.ID) reply.ScanResult {
	f := reply.ScanResult{Cursor: cursor, Units: 0.5}
	for _, id := range ids {
		f.Replies = append(f.Replies, reply.Arrival{Reply: reply.Reply{Request: reply.Request{ID: id}}})
	}
	return f
}

// until runs the clock to the next read.
func until(t *testing.T, s *schedule.Scheduler) (time.Duration, []schedule.Read) {
	t.Helper()
	at, ok := s.Next()
	if !ok {
		t.Fatal("nothing is due")
	}
	reads := s.Due(at)
	for range 100 { // a due time may turn out to be a later one
		if len(reads) > 0 {
			return at, reads
		}
		at, _ = s.Next()
		reads = s.Due(at)
	}
	t.Fatal("what is due makes no read")
	return 0, nil
}

func TestOneCallIsAskedForByKey(t *testing.T) {
	t.Parallel()
	s := newScheduler(100)
	a := id(0)
	s.Add(0, schedule.Call{ID: a})
	at, reads := until(t, s)
	if len(reads) != 1 || !reads[0].ByKey || reads[0].ID != a || reads[0].Consistent {
		t.Fatalf("got %+v", reads)
	}
	if out := s.Got(at, reads[0], reply.GetResult{Units: 0.5}, reply.ErrUnknown); out != nil {
		t.Errorf("delivered %+v", out)
	}
	at, reads = until(t, s)
	got := reply.GetResult{Units: 0.5, Record: reply.Record{State: reply.Completed}}
	if out := s.Got(at, reads[0], got, nil); len(out) != 1 || out[0].ID != a || out[0].Reply == nil {
		t.Errorf("delivered %+v", out)
	}
	if _, ok := s.Next(); ok || s.Waiting() != 0 {
		t.Error("something is still waited for")
	}
}

func TestSeveralCallsShareAScan(t *testing.T) {
	t.Parallel()
	s := newScheduler(100)
	ids := []reply.ID{id(0), id(time.Millisecond), id(2 * time.Millisecond)}
	for i, id := range ids {
		s.Add(time.Duration(i)*time.Millisecond, schedule.Call{ID: id})
	}
	at, reads := until(t, s)
	if len(reads) != 1 || reads[0].ByKey || reads[0].Query.Oldest != ids[0] || reads[0].Query.Cursor != "" || reads[0].Query.Box != box {
		t.Fatalf("got %+v", reads)
	}
	if out := s.Scanned(at, reads[0], found("c1", ids[0], id(9)), nil); len(out) != 1 || out[0].ID != ids[0] {
		t.Errorf("delivered %+v", out)
	}
	_, reads = until(t, s)
	if reads[0].Query.Cursor != "c1" || reads[0].Query.Oldest != ids[1] {
		t.Errorf("the next scan is %+v", reads[0].Query)
	}
}

// TestAnswersOutOfOrder: the cursor of the later scan holds.
func TestAnswersOutOfOrder(t *testing.T) {
	t.Parallel()
	s := newScheduler(1e5)
	for i := range 3 {
		s.Add(0, schedule.Call{ID: id(time.Duration(i) * time.Millisecond)})
	}
	_, first := until(t, s)
	at, second := until(t, s)
	if next, ok := s.Next(); ok && next < at+100*time.Millisecond {
		t.Errorf("a third scan at %v while two run", next)
	}
	s.Scanned(at+time.Millisecond, second[0], found("later"), nil)
	s.Scanned(at+2*time.Millisecond, first[0], found("earlier"), nil)
	if _, reads := until(t, s); reads[0].Query.Cursor != "later" {
		t.Errorf("the next scan reads from %q", reads[0].Query.Cursor)
	}
}

func TestAbandonedReadIsNoFailure(t *testing.T) {
	t.Parallel()
	s := newScheduler(100)
	s.Add(0, schedule.Call{ID: id(0)})
	at, reads := until(t, s)
	s.Got(at, reads[0], reply.GetResult{}, schedule.ErrAbandoned)
	next, ok := s.Next()
	if !ok || next > at+time.Second || s.Counts().Failures != 0 {
		t.Errorf("next %v after %v, %+v", next, at, s.Counts())
	}
}

func TestFailureKeepsAwayFromTheStore(t *testing.T) {
	t.Parallel()
	s := newScheduler(1e5)
	s.Add(0, schedule.Call{ID: id(0)})
	at, reads := until(t, s)
	s.Got(at, reads[0], reply.GetResult{}, errors.New("slow down"))
	if s.Due(at+30*time.Millisecond) != nil {
		t.Error("a read within the pause")
	}
	if next, _ := s.Next(); next < at+35*time.Millisecond || next > at+time.Second {
		t.Errorf("next %v after %v", next, at)
	}
}

// TestWhateverHappensNobodyIsForgotten runs at random, and holds that each
// call is delivered once or is still waited for, with a read to come.
func TestWhateverHappensNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := world{t: t, s: newScheduler(500), r: r, written: map[reply.ID]bool{}, waiting: map[reply.ID]bool{}, ordered: seed%2 == 0}
		for range 3000 {
			w.step()
		}
		w.drain()
	}
}

// world is a store and callers that do anything.
type world struct {
	t       *testing.T
	s       *schedule.Scheduler
	r       *rand.Rand
	now     time.Duration
	ordered bool
	calls   []reply.ID
	written map[reply.ID]bool
	waiting map[reply.ID]bool
	running []schedule.Read
}

func (w *world) step() {
	switch w.r.IntN(6) {
	case 0:
		in := id(w.now)
		if w.r.IntN(10) == 0 {
			in = reply.NewID(start.Add(w.now), box+1)
		}
		w.calls = append(w.calls, in)
		w.waiting[in] = true
		w.s.Add(w.now, schedule.Call{ID: in, Chain: string(rune('a' + w.r.IntN(3))), Until: w.now + 30*time.Second})
	case 1:
		if len(w.calls) > 0 {
			w.written[w.calls[w.r.IntN(len(w.calls))]] = true
		}
	case 2:
		if len(w.calls) > 0 && w.r.IntN(4) == 0 {
			gone := w.calls[w.r.IntN(len(w.calls))]
			w.s.Remove(w.now, gone)
			delete(w.waiting, gone)
		}
	case 3:
		w.now += time.Duration(w.r.IntN(200)) * time.Millisecond
		w.running = append(w.running, w.s.Due(w.now)...)
	default:
		w.answer(w.r.IntN(8) == 0)
	}
}

// answer ends one of the reads that run, in any order.
func (w *world) answer(fail bool) {
	if len(w.running) == 0 {
		return
	}
	k := w.r.IntN(len(w.running))
	read := w.running[k]
	w.running = append(w.running[:k], w.running[k+1:]...)
	var err error
	if fail {
		err = errors.New("broken")
	}
	if read.ByKey {
		got := reply.GetResult{Units: 0.5, Record: reply.Record{State: reply.Completed}}
		if err == nil && !w.written[read.ID] {
			err = reply.ErrUnknown
		}
		w.delivered(w.s.Got(w.now, read, got, err))
		return
	}
	f := reply.ScanResult{Units: 1}
	if w.ordered {
		f.Cursor = "x"
	}
	for id := range w.written {
		if w.ordered || id.Compare(read.Query.Oldest) >= 0 {
			f.Replies = append(f.Replies, found("", id).Replies...)
		}
	}
	w.delivered(w.s.Scanned(w.now, read, f, err))
}

func (w *world) delivered(out []schedule.Delivery) {
	for _, d := range out {
		if !w.waiting[d.ID] || !w.written[d.ID] {
			w.t.Errorf("%v was delivered: waited for %v, written %v", d.ID, w.waiting[d.ID], w.written[d.ID])
		}
		delete(w.waiting, d.ID)
	}
}

// drain writes all replies and lets the store work.
func (w *world) drain() {
	for _, id := range w.calls {
		w.written[id] = true
	}
	late := 0
	for range 20_000 {
		if w.s.Waiting() == 0 {
			break
		}
		for len(w.running) > 0 {
			w.answer(false)
		}
		at, ok := w.s.Next()
		if !ok {
			break
		}
		w.now = max(w.now, at)
		w.running = append(w.running, w.s.Due(w.now)...)
	}
	for range w.waiting {
		late++ // its end had passed before its reply was written
	}
	if late != w.s.Waiting() || late > len(w.calls)/2 {
		w.t.Errorf("%d calls are waited for, the scheduler knows %d", late, w.s.Waiting())
	}
}
