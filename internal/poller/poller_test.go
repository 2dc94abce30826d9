package poller_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller"
)

func TestReplyIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
		id := newID()
		stop, again := p.Wait(t.Context(), poller.Call{ID: id, Chain: "c"}), p.Wait(t.Context(), poller.Call{ID: id, Chain: "c"})
		defer again()
		time.Sleep(time.Second)
		s.complete(id)
		time.Sleep(10 * time.Second)
		if o, _ := in.result(id); in.len() != 1 || o.Reply == nil || o.Reply.ID != id || o.Cancelled {
			t.Fatalf("got %d results, the last %+v", in.len(), o)
		}
		reads := s.count(any1)
		stop()
		stop()
		time.Sleep(time.Minute)
		if s.count(any1) != reads {
			t.Error("it reads although nothing waits")
		}
	})
}

func TestNothingIsReadWhileNothingWaits(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, _ *inbox) {
		time.Sleep(time.Hour)
		stop := p.Wait(t.Context(), poller.Call{ID: newID()})
		stop()
		synctest.Wait() // its goroutine has ended, or the bubble would not be left
		before := s.count(any1)
		time.Sleep(time.Hour)
		if n := s.count(any1); n != before || before > 1 {
			t.Errorf("%d reads, then %d", before, n)
		}
	})
}

func TestUnknownRepliesAreIgnored(t *testing.T) {
	t.Parallel()
	for _, ordered := range []bool{false, true} {
		s := newStore()
		s.ordered = ordered
		bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
			other, first, second := newID(), newID(), newID()
			p.Wait(t.Context(), poller.Call{ID: first})
			p.Wait(t.Context(), poller.Call{ID: second})
			s.complete(other)
			time.Sleep(time.Second)
			s.complete(second)
			time.Sleep(2 * time.Second)
			s.complete(first)
			time.Sleep(5 * time.Second)
			if o, _ := in.result(other); in.len() != 2 || o.Reply != nil {
				t.Errorf("ordered %v: %d results", ordered, in.len())
			}
		})
	}
}

func TestCancelledRequestIsAResult(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
		id := newID()
		p.Wait(t.Context(), poller.Call{ID: id})
		s.mu.Lock()
		s.gone[id] = reply.Cancelled
		s.mu.Unlock()
		time.Sleep(time.Second)
		if o, _ := in.result(id); !o.Cancelled || o.Reply != nil {
			t.Errorf("got %+v", o)
		}
	})
}

func TestForeignMailboxIsAskedByKey(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
		ids := []reply.ID{reply.NewID(time.Now(), box+1), reply.NewID(time.Now(), box+2)}
		for _, id := range ids {
			p.Wait(t.Context(), poller.Call{ID: id})
			time.Sleep(100 * time.Millisecond)
			s.complete(id)
		}
		time.Sleep(2 * time.Second)
		if n := s.count(func(r read) bool { return !r.key }); in.len() != 2 || n != 0 {
			t.Errorf("%d results, %d scans of the own mailbox", in.len(), n)
		}
	})
}

// TestFinalReadIsConsistentAndInTime: a reply that no scan has shown is found
// before the connection is answered.
func TestFinalReadIsConsistentAndInTime(t *testing.T) {
	t.Parallel()
	s := newStore()
	s.ordered = true
	bubble(t, s, poller.Options{Price: poller.Cost}, func(t *testing.T, p *poller.Poller, in *inbox) {
		until := time.Now().Add(10 * time.Second)
		id, never := newID(), newID()
		p.Wait(t.Context(), poller.Call{ID: id, Until: until})
		defer p.Wait(t.Context(), poller.Call{ID: never, Until: until})()
		s.hidden[id] = true
		time.Sleep(9900 * time.Millisecond)
		s.complete(id)
		time.Sleep(time.Minute)
		if _, at := in.result(id); at.IsZero() || !at.Before(until) {
			t.Errorf("delivered at %v, needed before %v", at, until)
		}
		if n := s.count(func(r read) bool { return r.consistent }); n != 2 {
			t.Errorf("%d consistent reads", n)
		}
		if n := s.count(func(r read) bool { return r.key && r.at.After(until) }); n != 0 {
			t.Errorf("%d gets after the end", n)
		}
	})
}

// TestHiddenReplyIsFoundByKey: one whose stamp lies behind the cursor.
func TestHiddenReplyIsFoundByKey(t *testing.T) {
	t.Parallel()
	s := newStore()
	s.ordered = true
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
		keep := newID()
		p.Wait(t.Context(), poller.Call{ID: keep, Chain: "slow"})
		id := newID()
		p.Wait(t.Context(), poller.Call{ID: id, Chain: "c"})
		s.hidden[id] = true
		time.Sleep(500 * time.Millisecond)
		s.complete(id)
		time.Sleep(3 * time.Second)
		if o, _ := in.result(id); o.Reply == nil {
			t.Error("not found within three seconds")
		}
	})
}

func TestMultipleWaitsKeepTheLaterEnd(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
		id := newID()
		now := time.Now()
		early := p.Wait(t.Context(), poller.Call{ID: id, Until: now.Add(time.Second)})
		defer p.Wait(t.Context(), poller.Call{ID: id, Until: now.Add(5 * time.Second)})()
		time.Sleep(time.Second)
		early()
		time.Sleep(2 * time.Second)
		s.complete(id)
		time.Sleep(3 * time.Second)
		if in.len() != 1 {
			t.Errorf("%d results", in.len())
		}
	})
}

func TestClosedPollerWaitsForNothing(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
		id := newID()
		stop := p.Wait(t.Context(), poller.Call{ID: id})
		p.Close()
		p.Close()
		stop()
		s.complete(id)
		p.Wait(t.Context(), poller.Call{ID: id})()
		before := s.count(any1)
		time.Sleep(time.Hour)
		if in.len() != 0 || s.count(any1) != before {
			t.Errorf("%d results, %d reads", in.len(), s.count(any1))
		}
	})
}

func TestParsePrice(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]poller.Price{
		"latency": poller.Latency, "balanced": poller.Balanced, "cost": poller.Cost, "": poller.Balanced, "12.5": 12.5, "1e3": 1000,
	} {
		if got, err := poller.ParsePrice(in); err != nil || got != want {
			t.Errorf("%q gives %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"fast", "0", "-1", "NaN", "Inf", "1e9", " 5", "5/s"} {
		if got, err := poller.ParsePrice(in); err == nil {
			t.Errorf("%q gives %v", in, got)
		}
	}
}

func FuzzParsePrice(f *testing.F) {
	for _, seed := range []string{"latency", "1e3", "0x1p-2", "nan", "-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := poller.ParsePrice(s)
		if err == nil && !(p >= 0.001 && p <= 1e7) {
			t.Errorf("%q gives %v", s, p)
		}
	})
}
