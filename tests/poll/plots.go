package main

import (
	"fmt"
	"math"
	"time"

	"github.com/homing-dev/homing/tests/poll/simulate"
)

// curves of a plot.
type curves []curve

// The styles of the curves of pollers begin here; that of a reference is the last.
const (
	pollers   = 3
	reference = 6
)

type curve struct {
	name  string
	style int
	x, y  []float64
}

// waitingPlot has one curve per schedule: reads per reply against added waiting.
func (b *bench) waitingPlot() plot {
	p := plot{
		title: "Reads per reply against added waiting (lognormal latency, mean 1 s, read units at 1 KB)",
		x:     "added waiting, ms (mean)", y: "read units per reply", xs: [2]float64{3, 1000}, ys: [2]float64{0.1, 100},
	}
	f := simulate.Families(driftEvery)[1]
	for i, name := range []string{"fixed interval", "exponential backoff", "proportional to age"} {
		p.curves = append(p.curves, b.usualCurve(f, curve{name: name, style: i}, usual()[2+i].step))
	}
	for i, n := range []int{1, 64, 1000} {
		p.curves = append(p.curves, b.pollerCurve(f, curve{name: fmt.Sprintf("poller, %d in flight", n), style: pollers + i}, n, false))
	}
	bound := curve{name: "lower bound, 1 in flight: distribution known", style: reference}
	p.curves = append(p.curves, b.pollerCurve(f, bound, 1, true))
	return p
}

func (b *bench) usualCurve(f simulate.Family, c curve, step func(time.Duration) simulate.Step) curve {
	for _, ms := range []float64{2.5, 5, 10, 20, 40, 80, 160, 320} {
		r := simulate.PerRequest(b.config(f, 1), step(time.Duration(ms*float64(time.Millisecond))))
		c.add(r.Waiting*milli, r.UnitsPerReply())
	}
	return c
}

func (b *bench) pollerCurve(f simulate.Family, c curve, n int, known bool) curve {
	for _, price := range []float64{0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000} {
		if n > 1 && price > 1000 { // the floor between two reads is reached
			break
		}
		cfg := b.config(f, n)
		cfg.Price, cfg.Known, cfg.Replies = price, known, min(cfg.Replies, max(1000, 2*n))
		r := simulate.Run(cfg)
		c.add(r.Waiting*milli, r.UnitsPerReply())
	}
	return c
}

// lawPlot shows reads per reply over the load.
func (b *bench) lawPlot() plot {
	p := plot{
		title: "Reads per reply against load (lognormal latency, mean 1 s)",
		x:     "replies per second", y: "reads per reply", xs: [2]float64{0.5, 2e4}, ys: [2]float64{0.001, 100},
	}
	for i, price := range []float64{13.3, 213, 3400} {
		c := curve{name: []string{"price cost", "price balanced", "price latency"}[i], style: pollers + i}
		for _, n := range []int{1, 4, 16, 64, 256, 1000, 4000} {
			cfg := b.config(simulate.Families(driftEvery)[1], n)
			cfg.Price, cfg.Replies = price, max(500, min(cfg.Replies, 2*n))
			r := simulate.Run(cfg)
			c.add(float64(r.Replies)/r.Seconds, r.ReadsPerReply())
		}
		p.curves = append(p.curves, c)
	}
	root := curve{name: "1/sqrt(rate)", style: reference}
	for _, rate := range []float64{1, 1e4} {
		root.add(rate, 2.8/math.Sqrt(rate))
	}
	p.curves = append(p.curves, root)
	return p
}

func (c *curve) add(x, y float64) { c.x, c.y = append(c.x, x), append(c.y, y) }
