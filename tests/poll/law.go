package main

import (
	"io"
	"math"
	"time"

	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/tests/poll/simulate"
)

// law shows that reads per reply fall about as the root of the load.
func (b *bench) law(w io.Writer) {
	write(w, "| in flight | replies/s | reads per reply | times the root of the rate | units per reply | added ms |\n")
	write(w, "|---|---|---|---|---|---|\n")
	for _, n := range []int{1, 4, 16, 64, 256, 1000, 4000, 10000} {
		r := b.lawRun(n, poller.Cost)
		rate := float64(r.Replies) / r.Seconds
		write(w, "| %d | %.0f | %.4f | %.2f | %.3f | %.1f |\n", n, rate, r.ReadsPerReply(), r.ReadsPerReply()*math.Sqrt(rate),
			r.UnitsPerReply(), r.Waiting*milli)
	}
}

func (b *bench) lawRun(n int, p poller.Price) simulate.Result {
	cfg := b.config(simulate.Families(driftEvery)[1], n)
	cfg.Price = float64(p)
	cfg.Replies = max(1000, min(cfg.Replies, 2*n))
	return simulate.Run(cfg)
}

// presets shows what the named prices lead to.
func (b *bench) presets(w io.Writer) {
	write(w, "| price | in flight | reads per reply | units per reply | added ms | p99 ms |\n|---|---|---|---|---|---|\n")
	for _, p := range []struct {
		name  string
		price poller.Price
	}{{"cost", poller.Cost}, {"balanced", poller.Balanced}, {"latency", poller.Latency}} {
		for _, n := range []int{1, 10, 100, 1000} {
			cfg := b.config(simulate.Families(driftEvery)[1], n)
			cfg.Price = float64(p.price)
			r := simulate.Run(cfg)
			write(w, "| %s (%.4g) | %d | %.2f | %.2f | %.0f | %.0f |\n", p.name, p.price, n,
				r.ReadsPerReply(), r.UnitsPerReply(), r.Waiting*milli, r.P99*milli)
		}
	}
}

// lost shows how many reads are made for a reply that is never written.
func (b *bench) lost(w io.Writer) {
	write(w, "| latency | price | reads in 25 s |\n|---|---|---|\n")
	for _, f := range simulate.Families(driftEvery)[:5] {
		for _, p := range []poller.Price{poller.Cost, poller.Balanced, poller.Latency} {
			write(w, "| %s | %.4g | %.0f |\n", f.Name, p, simulate.Lost(f, float64(p), defaultWait))
		}
	}
}

const defaultWait = 25 * time.Second
