package poller_test

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/tests/poll/simulate"
)

// halfway lets a store be read in the middle of a trip of 5 ms.
type halfway struct{ *store }

const halfTrip = 2500 * time.Microsecond

func (h halfway) Scan(ctx context.Context, l reply.ScanQuery) (reply.ScanResult, error) {
	defer time.Sleep(halfTrip)
	return h.store.Scan(ctx, l)
}

func (h halfway) Get(ctx context.Context, id reply.ID, consistent bool) (reply.GetResult, error) {
	defer time.Sleep(halfTrip)
	return h.store.Get(ctx, id, consistent)
}

// TestPollerAndSimulatorAgree: a poller with goroutines and timers reads as
// often, and lets wait as long, as the simulated one.
func TestPollerAndSimulatorAgree(t *testing.T) {
	t.Parallel()
	const calls = 300
	for _, inFlight := range []int{1, 20} {
		latencies := make([]float64, calls+inFlight)
		r := rand.New(rand.NewPCG(1, 1))
		for i := range latencies {
			latencies[i] = math.Exp(0.3 * r.NormFloat64())
		}
		sim := simulate.Run(simulate.Config{
			Family:   simulate.Family{Quantile: func(_ float64, call int) float64 { return latencies[min(call, len(latencies)-1)] }},
			InFlight: inFlight, Replies: calls, Price: 300,
			Store: simulate.StoreConfig{Trip: 2 * halfTrip, Index: true, Slack: 20 * time.Millisecond, Size: 100},
		})
		reads, waiting := polled(t, inFlight, latencies[:calls], 300)
		if got := float64(reads) / float64(sim.Reads); got < 0.95 || got > 1.05 {
			t.Errorf("%d in flight: %d reads, %d simulated", inFlight, reads, sim.Reads)
		}
		if got := waiting / sim.Waiting; got < 0.93 || got > 1.07 {
			t.Errorf("%d in flight: waiting %v s, %v s simulated", inFlight, waiting, sim.Waiting)
		}
	}
}

// polled returns the reads of calls with these latencies, of which so many are in
// flight, and the mean time from written to delivered.
func polled(t *testing.T, inFlight int, latencies []float64, price poller.Price) (reads int, waiting float64) {
	t.Helper()
	s := newStore()
	s.ordered = inFlight > 1
	s.trip = func(int) time.Duration { return halfTrip }
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		var p *poller.Poller
		next, ended := 0, 0
		var mu sync.Mutex
		start := func() {
			mu.Lock()
			defer mu.Unlock()
			if next >= len(latencies) {
				return
			}
			id := newID()
			p.Wait(t.Context(), poller.Call{ID: id, Chain: "c"})
			time.AfterFunc(time.Duration(latencies[next]*float64(time.Second)), func() { s.complete(id) })
			next++
		}
		p = poller.New(halfway{s}, box, func(o poller.Result) {
			s.mu.Lock()
			waiting += time.Since(s.written[o.ID].Written).Seconds() / float64(len(latencies))
			s.mu.Unlock()
			if ended++; ended == len(latencies) {
				close(done)
			}
			start()
		}, poller.Options{Price: price})
		for i := range inFlight {
			start()
			if i+1 < inFlight {
				time.Sleep(time.Second / time.Duration(inFlight))
			}
		}
		<-done
		p.Close()
		synctest.Wait()
	})
	return s.count(any1), waiting
}

func BenchmarkWait(b *testing.B) {
	p := poller.New(newStore(), box, func(poller.Result) {}, poller.Options{})
	defer p.Close()
	defer p.Wait(b.Context(), poller.Call{ID: newID(), Chain: "c"})()
	b.ReportAllocs()
	for b.Loop() {
		p.Wait(b.Context(), poller.Call{ID: newID(), Chain: "c"})()
	}
}
