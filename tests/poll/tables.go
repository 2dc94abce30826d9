package main

import (
	"fmt"
	"io"
	"time"

	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/tests/poll/simulate"
)

// bench fills the tables. scale is the part of the calls that are simulated.
type bench struct {
	scale float64
}

const milli = 1000

func (b *bench) config(f simulate.Family, inFlight int) simulate.Config {
	n := float64(2000+4*inFlight) * b.scale
	if inFlight > 1 {
		n = max(n, float64(3*inFlight))
	}
	return simulate.Config{
		Family: f, InFlight: inFlight, Replies: int(n), Warmup: 600 + 2*inFlight, Store: simulate.DefaultStore(), Seed: 1,
	}
}

// goals compares with a fixed interval of 20 ms at the same added waiting.
func (b *bench) goals(w io.Writer) {
	write(w, "| in flight | latency | fixed 20 ms: units | added ms | poller: units | added ms | p99 ms | price | share |\n")
	write(w, "|---|---|---|---|---|---|---|---|---|\n")
	for _, n := range []int{1, 64, 1000} {
		for _, f := range simulate.Families(driftEvery) {
			b.goal(w, b.config(f, n))
		}
	}
}

const driftEvery = 1000

func (b *bench) goal(w io.Writer, cfg simulate.Config) {
	base := simulate.PerRequest(cfg, simulate.Fixed(20*time.Millisecond))
	got, price := simulate.Calibrate(cfg, base.Waiting)
	write(w, "| %d | %s | %.2f | %.1f | %.3f | %.1f | %.0f | %.0f | %.3f = 1/%.1f |\n", cfg.InFlight, cfg.Family.Name,
		base.UnitsPerReply(), base.Waiting*milli, got.UnitsPerReply(), got.Waiting*milli, got.P99*milli, price,
		got.UnitsPerReply()/base.UnitsPerReply(), base.UnitsPerReply()/got.UnitsPerReply())
}

// withoutIndex is goals with a store that reads a mailbox in the order of the ids.
func (b *bench) withoutIndex(w io.Writer) {
	write(w, "| in flight | latency | fixed 20 ms: units | added ms | poller: units | added ms | p99 ms | price | share |\n")
	write(w, "|---|---|---|---|---|---|---|---|---|\n")
	for _, n := range []int{4, 64} {
		for _, f := range simulate.Families(driftEvery)[:5] {
			cfg := b.config(f, n)
			cfg.Replies = min(cfg.Replies, 1500)
			cfg.Store.Index = false
			b.goal(w, cfg)
		}
	}
}

// schedules compares with what pollers usually do.
func (b *bench) schedules(w io.Writer) {
	write(w, "| schedule | reads per reply | units per reply | added ms | p99 ms |\n|---|---|---|---|---|\n")
	f := simulate.Families(driftEvery)[1]
	row := func(name string, r simulate.Result) {
		write(w, "| %s | %.2f | %.2f | %.1f | %.0f |\n", name, r.ReadsPerReply(), r.UnitsPerReply(), r.Waiting*milli, r.P99*milli)
	}
	cfg := b.config(f, 1)
	for _, s := range usual() {
		row(s.name, simulate.PerRequest(cfg, s.step(s.middle)))
	}
	for _, n := range []int{1, 64, 1000} {
		cfg := b.config(f, n)
		row(fmt.Sprintf("one BatchGetItem every 20 ms, %d in flight", n), simulate.Batch(cfg, 20*time.Millisecond))
		for _, p := range []poller.Price{poller.Cost, poller.Balanced, poller.Latency} {
			cfg.Price = float64(p)
			row(fmt.Sprintf("poller, price %.4g, %d in flight", p, n), simulate.Run(cfg))
		}
	}
}

type usualSchedule struct {
	name   string
	middle time.Duration // the published row
	step   func(time.Duration) simulate.Step
}

func usual() []usualSchedule {
	fixed := simulate.Fixed
	return []usualSchedule{
		{"fixed 5 ms", 5 * time.Millisecond, fixed},
		{"fixed 20 ms", 20 * time.Millisecond, fixed},
		{"fixed 100 ms", 100 * time.Millisecond, fixed},
		{"exponential 10 ms, doubling up to 500 ms", 10 * time.Millisecond, func(d time.Duration) simulate.Step {
			return simulate.Exponential(d, 50*d)
		}},
		{"a quarter of the age, 10 to 250 ms", 10 * time.Millisecond, func(d time.Duration) simulate.Step {
			return simulate.Proportional(0.025*float64(d)/float64(time.Millisecond), d, 25*d)
		}},
	}
}

// learning compares the total cost with that of a poller which knows the distribution.
func (b *bench) learning(w io.Writer) {
	write(w, "| latency | in flight | price | after 200 replies | after 600 |\n|---|---|---|---|---|\n")
	for _, n := range []int{1, 64} {
		for _, f := range simulate.Families(driftEvery)[:5] {
			price := float64(poller.Balanced)
			write(w, "| %s | %d | %.0f | %+.0f%% | %+.0f%% |\n", f.Name, n, price,
				100*(excess(f, n, 200, price)-1), 100*(excess(f, n, 600, price)-1))
		}
	}
	write(w, "\nAfter a change of the median from 0.5 s to 1.5 s, cost over that of who knows, by replies since the change:\n\n")
	write(w, "| in flight | 0-100 | 100-300 | 300-500 | 500-700 |\n|---|---|---|---|---|\n")
	for _, n := range []int{1, 64} {
		write(w, "| %d |", n)
		for _, span := range [][2]int{{0, 100}, {100, 300}, {300, 500}, {500, 700}} {
			write(w, " %+.0f%% |", 100*(drifted(n, span)-1))
		}
		write(w, "\n")
	}
}

// seeds over which costs are averaged.
const seeds = 20

// excess is the cost over that of who knows the distribution.
func excess(f simulate.Family, inFlight, after int, price float64) float64 {
	learned, known := 0.0, 0.0
	for seed := range uint64(seeds) {
		cfg := simulate.Config{
			Family: f, InFlight: inFlight, Replies: 200, Warmup: after, Store: simulate.DefaultStore(), Seed: seed, Price: price,
		}
		learned += simulate.Run(cfg).Cost(price)
		cfg.Known = true
		known += simulate.Run(cfg).Cost(price)
	}
	return learned / known
}

// drifted is excess in a span of replies after a change.
func drifted(inFlight int, span [2]int) float64 {
	const before = 600
	learned, known := 0.0, 0.0
	for seed := range uint64(seeds) {
		cfg := simulate.Config{
			Family:   simulate.Family{Name: "change", Quantile: simulate.Drifting(before)},
			InFlight: inFlight, Replies: span[1] - span[0], Warmup: before + span[0],
			Store: simulate.DefaultStore(), Seed: seed, Price: float64(poller.Balanced),
		}
		cfg.Family.Quantile = once(cfg.Family.Quantile, before)
		learned += simulate.Run(cfg).Cost(cfg.Price)
		cfg.Known = true
		known += simulate.Run(cfg).Cost(cfg.Price)
	}
	return learned / known
}

// once lets a family change one time only.
func once(q func(float64, int) float64, at int) func(float64, int) float64 {
	return func(p float64, call int) float64 { return q(p, min(call, at)) }
}

func write(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format, args...) // into memory
}
