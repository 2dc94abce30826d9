// Package report writes what was measured as Markdown, with the goals beside
// it.
package report

import (
	"fmt"
	"strings"

	"github.com/homing-dev/homing/tests/bench/internal/codec"
	"github.com/homing-dev/homing/tests/bench/internal/memory"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

// Report is one run of the benchmark.
type Report struct {
	Machine Machine
	// Command is what was typed.
	Command string
	// Series are all loads of the servers that run all steps themselves, in the
	// order of the report.
	Series []throughput.Series
	// Hops is the load of the servers whose steps are hops.
	Hops    throughput.Series
	Codec   codec.Comparison
	Waiting memory.Waiting
	Growth  memory.Growth
	Redis   Redis
	Lambda  Lambda
}

// Markdown writes the report.
func (r Report) Markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "Measured by `%s` on %s. Load generator and server share the cores.\n", r.Command, r.Machine)
	out.WriteString("\n### Goals\n\n")
	writeGoals(&out, r.goals())
	for _, s := range r.Series {
		fmt.Fprintf(&out, "\n### %s steps, %s\n\n", title(s.Work), counted(s.Connections, "connection"))
		writeSeries(&out, s, peer.Names(), peer.Homing, peer.Echo, peer.Plain)
	}
	out.WriteString("\n### Hops\n\n")
	r.writeHops(&out)
	out.WriteString("\n### Codec\n\n")
	r.writeCodec(&out)
	out.WriteString("\n### Memory\n\n")
	r.writeMemory(&out)
	r.Redis.write(&out)
	r.Lambda.write(&out)
	return out.String()
}

// LambdaMarkdown writes what was measured on Lambda, and its goals.
func (r Report) LambdaMarkdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "Measured by `%s` on %s. Emulator and functions share the cores.\n", r.Command, r.Machine)
	out.WriteString("\n### Goals\n\n")
	writeGoals(&out, r.Lambda.goals())
	r.Lambda.write(&out)
	return out.String()
}

func title(work string) string { return strings.ToUpper(work[:1]) + work[1:] }

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// writeSeries writes a line for each server, and how ours compares with others.
func writeSeries(out *strings.Builder, s throughput.Series, servers []peer.Name, ours peer.Name, others ...peer.Name) {
	fmt.Fprintf(out, "Median of %s, and least to greatest in brackets.\n\n", counted(len(s.Rounds), "round"))
	out.WriteString("| server | requests/s | p50 | p99 | allocations/request | bytes/request | CPU s/1000 requests |\n")
	out.WriteString("|---|--:|--:|--:|--:|--:|--:|\n")
	for _, name := range servers {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s | %s |\n", name,
			spread(s.Spread(name, throughput.Rate), whole),
			spread(s.Spread(name, throughput.P50), latency),
			spread(s.Spread(name, throughput.P99), latency),
			spread(s.Spread(name, throughput.Mallocs), tenths),
			spread(s.Spread(name, throughput.Bytes), whole),
			spread(s.Spread(name, throughput.CPU), thousandths),
		)
	}
	for _, to := range others {
		fmt.Fprintf(out, "| Homing / %s | %s | %s | %s | %s | %s | %s |\n", to,
			spread(s.Ratio(ours, to, throughput.Rate), hundredths),
			spread(s.Ratio(ours, to, throughput.P50), hundredths),
			spread(s.Ratio(ours, to, throughput.P99), hundredths),
			spread(s.Ratio(ours, to, throughput.Mallocs), hundredths),
			spread(s.Ratio(ours, to, throughput.Bytes), hundredths),
			spread(s.Ratio(ours, to, throughput.CPU), hundredths),
		)
	}
}

func (r Report) writeMemory(out *strings.Builder) {
	w, extra := r.Waiting, r.Waiting.Extra()
	fmt.Fprintf(out, "%d requests that wait at once, each with its connection, in KB per request:\n\n", w.Requests)
	out.WriteString("| server | heap | stacks | both | RSS |\n|---|--:|--:|--:|--:|\n")
	for _, row := range []struct {
		name string
		held memory.Footprint
	}{{string(peer.Plain), w.Plain}, {string(peer.Homing), w.Homing}, {"Homing more", extra}} {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", row.name,
			kilobytes(row.held.Heap), kilobytes(row.held.Stack), kilobytes(row.held.Live()), kilobytes(row.held.RSS))
	}
	out.WriteString("\nWhat Homing holds after a collection, when so many requests have been answered:\n\n")
	out.WriteString("| requests | heap KB | RSS KB |\n|--:|--:|--:|\n")
	for _, h := range []memory.Held{r.Growth.First, r.Growth.Last} {
		fmt.Fprintf(out, "| %d | %s | %s |\n", h.Requests, kilobytes(float64(h.Heap)), kilobytes(float64(h.RSS)))
	}
}
