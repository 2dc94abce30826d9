package redis_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
)

// median returns the middle of n times that a call takes.
func median(b *testing.B, n int, call func()) time.Duration {
	b.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		call()
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[n/2]
}

// The reply path is what a request of 981 bytes spends between the end of the
// vertex and the arrival at its adapter, beside two bare round trips to the same
// server: Complete and its arrival at another process, without and with Register.
func BenchmarkReplyPath(b *testing.B) {
	adapter, vertex, bare := open(b, onRedis.URL(), redis.Options{}), open(b, onRedis.URL(), redis.Options{}), client(b, onRedis.URL())
	box := reply.NewMailbox()
	came := make(chan reply.ID, 1)
	b.Cleanup(adapter.Notify(box, func(r reply.Reply) { came <- r.ID }))
	var once sync.Once
	path := func(register bool) func() {
		return func() {
			r := newReply(box, 981)
			if register {
				if err := adapter.Register(b.Context(), r.Request); err != nil {
					once.Do(func() { b.Error(err) })
				}
			}
			if err := vertex.Complete(b.Context(), r); err != nil {
				once.Do(func() { b.Error(err) })
			}
			if id := <-came; id != r.ID {
				once.Do(func() { b.Errorf("%s has arrived, want %s", id, r.ID) })
			}
		}
	}
	trips := func() {
		for range 2 {
			if err := bare.Ping(b.Context()).Err(); err != nil {
				once.Do(func() { b.Error(err) })
			}
		}
	}
	const warm, rounds, each = 200, 5, 200
	for range warm {
		path(true)()
		trips()
	}
	var two, sync, async []time.Duration // in turns, so that what else the machine does hits all
	for b.Loop() {
		for range rounds {
			two = append(two, median(b, each, trips))
			sync = append(sync, median(b, each, path(false)))
			async = append(async, median(b, each, path(true)))
		}
	}
	middle := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2].Nanoseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(middle(two), "µs/2-round-trips")
	b.ReportMetric(middle(sync), "µs/complete+arrive")
	b.ReportMetric(middle(async), "µs/register+complete+arrive")
	b.ReportMetric(middle(sync)/middle(two), "×sync")
	b.ReportMetric(middle(async)/middle(two), "×async")
}
