package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
	"github.com/homing-dev/homing/tests/bench/internal/viaredis"
)

// The goals of replies that come home through Redis.
const (
	// PathTrips is what the way of a sync reply takes of two bare round trips.
	PathTrips = 1.5
	// NumaflowCPU is what a call takes of the processor time of Numaflow's serving.
	NumaflowCPU = 1.0 / 3
)

// numaflowP50 is what a call takes at most of the median of Numaflow's serving.
func numaflowP50(fsync viaredis.Fsync) float64 {
	const fifth, half = 0.2, 0.5
	if fsync == viaredis.Always {
		return half
	}
	return fifth
}

// numaflow is what Numaflow's serving took on such a machine for the same call, one
// map vertex with identity: the median, and the processor time of 1000 calls.
func numaflow(connections int) (p50, cpu time.Duration, ok bool) {
	measured := map[int][2]time.Duration{
		1:  {85 * time.Millisecond, 18700 * time.Millisecond},
		16: {90 * time.Millisecond, 3300 * time.Millisecond},
		64: {107 * time.Millisecond, 1900 * time.Millisecond},
	}
	found, ok := measured[connections]
	return found[0], found[1], ok
}

// Redis is what was measured of replies that come home through a Redis server.
type Redis struct {
	// Paths are the rounds of the way alone.
	Paths []viaredis.Path
	Calls []viaredis.Calls
}

// of sums up a way, or how it compares with another one.
func (r Redis) of(figure func(viaredis.Path) float64) figures.Spread {
	values := make([]float64, 0, len(r.Paths))
	for _, p := range r.Paths {
		values = append(values, figure(p))
	}
	return figures.Of(values)
}

func (r Redis) goals() []goal {
	if len(r.Paths) == 0 {
		return nil
	}
	trips := r.of(func(p viaredis.Path) float64 { return p.Sync.Seconds() / p.Trips.Seconds() })
	out := []goal{{
		fmt.Sprintf("through Redis, the way of a sync reply: at most %.2f of two bare round trips", PathTrips),
		spread(trips, hundredths), trips.Median <= PathTrips,
	}}
	for _, c := range r.Calls {
		p50, cpu, ok := numaflow(c.Connections)
		if !ok {
			continue
		}
		of, most := c.P50.Seconds()/p50.Seconds(), numaflowP50(c.Fsync)
		out = append(out, goal{
			fmt.Sprintf("through Redis, appendfsync %s, %s: at most %.2f of the p50 of Numaflow's serving",
				c.Fsync, counted(c.Connections, "connection"), most),
			thousandths(of), of <= most,
		})
		if of := c.CPU.Seconds() / cpu.Seconds(); c.Fsync == viaredis.EverySecond {
			out = append(out, goal{
				fmt.Sprintf("through Redis, appendfsync %s, %s: at most %.2f of its CPU", c.Fsync, counted(c.Connections, "connection"), NumaflowCPU),
				thousandths(of), of <= NumaflowCPU,
			})
		}
	}
	return out
}

// RedisMarkdown writes what was measured through Redis, and its goals.
func (r Report) RedisMarkdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "Measured by `%s` on %s. Load generator, Redis and servers share the cores.\n", r.Command, r.Machine)
	out.WriteString("\n### Goals through Redis\n\n")
	writeGoals(&out, r.Redis.goals())
	r.Redis.write(&out)
	return out.String()
}

func (r Redis) write(out *strings.Builder) {
	if len(r.Paths) == 0 {
		return
	}
	fmt.Fprintf(out, "\n### Redis: the way of a reply of %d bytes\n\n", viaredis.Size)
	fmt.Fprintf(out, "Median of %s, and least to greatest in brackets; one after the other, in turn.\n\n", counted(len(r.Paths), "round"))
	out.WriteString("| way | p50 | of two bare round trips |\n|---|--:|--:|\n")
	for _, way := range []struct {
		name string
		took func(viaredis.Path) time.Duration
	}{
		{"two bare round trips (PING)", func(p viaredis.Path) time.Duration { return p.Trips }},
		{"two that write and read so many bytes (SET, GET)", func(p viaredis.Path) time.Duration { return p.Writes }},
		{"Complete to the arrival at another process: a sync call", func(p viaredis.Path) time.Duration { return p.Sync }},
		{"Register, Complete and the arrival: an async call", func(p viaredis.Path) time.Duration { return p.Async }},
	} {
		fmt.Fprintf(out, "| %s | %s | %s |\n", way.name,
			spread(r.of(func(p viaredis.Path) float64 { return way.took(p).Seconds() }), latency),
			spread(r.of(func(p viaredis.Path) float64 { return way.took(p).Seconds() / p.Trips.Seconds() }), hundredths))
	}
	out.WriteString("\n### Redis: calls in the shape vertex over HTTP\n\n")
	out.WriteString("CPU is that of adapter, vertex and redis-server together; in brackets redis-server alone.\n\n")
	out.WriteString("| appendfsync | connections | calls | p50 | p99 | CPU s/1000 calls " +
		"| Numaflow's serving: p50 | CPU s/1000 calls | p50 ratio | CPU ratio |\n")
	out.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range r.Calls {
		p50, cpu, ok := numaflow(c.Connections)
		theirs := "| | | | |"
		if ok {
			theirs = fmt.Sprintf("| %s | %s | %s | %s |", latency(p50.Seconds()), tenths(cpu.Seconds()),
				thousandths(c.P50.Seconds()/p50.Seconds()), thousandths(c.CPU.Seconds()/cpu.Seconds()))
		}
		fmt.Fprintf(out, "| %s | %d | %d | %s | %s | %s (%s) %s\n", c.Fsync, c.Connections, c.Count, latency(c.P50.Seconds()),
			latency(c.P99.Seconds()), thousandths(c.CPU.Seconds()), thousandths(c.Server.Seconds()), theirs)
	}
}
