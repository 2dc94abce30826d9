package poller_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller"
)

// value of a metric of the poller, summed over its labels.
func value(t *testing.T, p *poller.Poller, name string) float64 {
	t.Helper()
	reg := prometheus.NewRegistry()
	for _, c := range p.Collectors() {
		if err := reg.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum, found := 0.0, false
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "homing_poller_"+name {
				found = true
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetHistogram().GetSampleSum()
			}
		}
	}
	if !found {
		t.Logf("no metric %s yet", name)
	}
	return sum
}

// TestReplyThatIsNeverWritten costs a bounded number of reads.
func TestReplyThatIsNeverWritten(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{Price: poller.Balanced}, func(t *testing.T, p *poller.Poller, in *inbox) {
		stop := p.Wait(t.Context(), poller.Call{ID: newID(), Until: time.Now().Add(25 * time.Second)})
		time.Sleep(25 * time.Second)
		stop()
		// Without data the rate is 1/age, so the reads in T seconds are
		// 2·sqrt(T·price/(2·0.5)) or 146, and a few while it is younger than the
		// least age.
		if n := s.count(any1); n < 20 || n > 160 {
			t.Errorf("%d reads", n)
		}
		if in.len() != 0 {
			t.Error("something was delivered")
		}
	})
}

func TestBackoffWhenTheStoreThrottles(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{Price: poller.Latency}, func(t *testing.T, p *poller.Poller, in *inbox) {
		s.fail = func(int) error { return fmt.Errorf("scan: %w", reply.ErrThrottled) }
		id := newID()
		p.Wait(t.Context(), poller.Call{ID: id})
		time.Sleep(30 * time.Second)
		n := s.count(any1)
		if n < 4 || n > 25 {
			t.Errorf("%d reads of a store that throttles", n)
		}
		if v := value(t, p, "throttles_total"); int(v) != n {
			t.Errorf("%v throttles counted of %d", v, n)
		}
		s.mu.Lock()
		s.fail = nil
		s.mu.Unlock()
		s.complete(id)
		time.Sleep(6 * time.Second)
		if in.len() != 1 {
			t.Error("the reply was not found once the store worked")
		}
	})
}

func TestStoreThatFailsOrPanicsIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
		s.fail = func(n int) error {
			switch {
			case n < 3:
				panic("broken store")
			case n < 5:
				return errStore
			}
			return nil
		}
		id := newID()
		p.Wait(t.Context(), poller.Call{ID: id})
		s.complete(id)
		time.Sleep(5 * time.Second)
		if in.len() != 1 {
			t.Error("not delivered")
		}
		if v := value(t, p, "panics_total"); v != 2 {
			t.Errorf("%v panics counted", v)
		}
	})
}

// TestPanicForgetsNobody: deliver panics over one result.
func TestPanicForgetsNobody(t *testing.T) {
	t.Parallel()
	s := newStore()
	s.ordered = true
	synctest.Test(t, func(t *testing.T) {
		in := newInbox()
		bad := newID()
		p := poller.New(s, box, func(o poller.Result) {
			if o.ID == bad {
				panic("broken receiver")
			}
			in.deliver(o)
		}, poller.Options{})
		ids := []reply.ID{bad}
		for range 9 {
			ids = append(ids, newID())
		}
		for _, id := range ids {
			p.Wait(t.Context(), poller.Call{ID: id})
		}
		for i, id := range ids {
			s.complete(id)
			if i == 5 {
				time.Sleep(3 * time.Second)
			}
		}
		time.Sleep(10 * time.Second)
		if in.len() != 9 {
			t.Errorf("%d of 9 others were delivered", in.len())
		}
		if v := value(t, p, "panics_total"); v != 1 {
			t.Errorf("%v panics counted", v)
		}
		p.Close()
	})
}

// TestSlowStoreAnswersOutOfOrder: at most two scans run at once, and an answer
// that comes late does no harm.
func TestSlowStoreAnswersOutOfOrder(t *testing.T) {
	t.Parallel()
	for _, ordered := range []bool{false, true} {
		s := newStore()
		s.ordered = ordered
		s.trip = func(n int) time.Duration { return time.Duration(50+400*(n%2)) * time.Millisecond }
		bubble(t, s, poller.Options{Price: poller.Latency}, func(t *testing.T, p *poller.Poller, in *inbox) {
			var ids []reply.ID
			for range 20 {
				id := newID()
				ids = append(ids, id)
				p.Wait(t.Context(), poller.Call{ID: id, Chain: "c", Until: time.Now().Add(20 * time.Second)})
				time.Sleep(20 * time.Millisecond)
			}
			for _, id := range ids {
				s.complete(id)
				time.Sleep(70 * time.Millisecond)
			}
			time.Sleep(3 * time.Second)
			if in.len() != len(ids) {
				t.Errorf("ordered %v: %d of %d delivered", ordered, in.len(), len(ids))
			}
		})
	}
}

// TestStoreThatNeverAnswers is left after the time-out, and asked again.
func TestStoreThatNeverAnswers(t *testing.T) {
	t.Parallel()
	s := newStore()
	bubble(t, s, poller.Options{Timeout: time.Second}, func(t *testing.T, p *poller.Poller, in *inbox) {
		s.trip = func(n int) time.Duration {
			if n <= 2 {
				return time.Hour
			}
			return time.Millisecond
		}
		id := newID()
		p.Wait(t.Context(), poller.Call{ID: id})
		s.complete(id)
		time.Sleep(5 * time.Second)
		if in.len() != 1 {
			t.Error("not delivered")
		}
	})
}

// TestClockThatJumps: ids from another time do not delay anything for good.
func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"back": -24 * 365 * time.Hour, "ahead": 24 * 365 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore()
			s.skew = -jump / 2
			bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
				for range 40 {
					id := reply.NewID(time.Now().Add(jump), box)
					p.Wait(t.Context(), poller.Call{ID: id, Chain: "c", Until: time.Now().Add(10 * time.Second)})
					time.Sleep(300 * time.Millisecond)
					s.complete(id)
					time.Sleep(1500 * time.Millisecond)
				}
				if in.len() != 40 {
					t.Errorf("%d of 40 delivered", in.len())
				}
			})
		})
	}
}

// TestAllGiveUp: 10,000 callers leave at once, and nothing stays behind.
func TestAllGiveUp(t *testing.T) {
	t.Parallel()
	s := newStore()
	s.ordered = true
	bubble(t, s, poller.Options{}, func(t *testing.T, p *poller.Poller, in *inbox) {
		var stops []func()
		for range 10_000 {
			stops = append(stops, p.Wait(t.Context(), poller.Call{ID: newID(), Chain: "c", Until: time.Now().Add(time.Minute)}))
		}
		time.Sleep(100 * time.Millisecond)
		if v := value(t, p, "waiting_calls"); v != 10_000 {
			t.Errorf("%v wait", v)
		}
		for _, stop := range stops {
			stop()
		}
		synctest.Wait()
		before := s.count(any1)
		time.Sleep(time.Hour)
		if v := value(t, p, "waiting_calls"); v != 0 || s.count(any1) != before || in.len() != 0 {
			t.Errorf("%v wait, %d reads", v, s.count(any1)-before)
		}
	})
}
