// Package report writes what was measured as Markdown, with the goals beside
// it.
package report

import (
	"fmt"
	"strings"

	"github.com/homing-dev/homing/tests/bench/internal/memory"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

// Report is one run of the benchmark.
type Report struct {
	Machine Machine
	// Command is what was typed.
	Command string
	// Series are all loads, in the order of the report.
	Series  []throughput.Series
	Waiting memory.Waiting
	Growth  memory.Growth
}

// Markdown writes the report.
func (r Report) Markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "Measured by `%s` on %s. Load generator and server share the cores.\n", r.Command, r.Machine)
	out.WriteString("\n### Goals\n\n")
	r.writeGoals(&out)
	for _, s := range r.Series {
		fmt.Fprintf(&out, "\n### %s steps, %s\n\n", title(s.Work), counted(s.Connections, "connection"))
		writeSeries(&out, s)
	}
	out.WriteString("\n### Memory\n\n")
	r.writeMemory(&out)
	return out.String()
}

func title(work string) string { return strings.ToUpper(work[:1]) + work[1:] }

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func writeSeries(out *strings.Builder, s throughput.Series) {
	fmt.Fprintf(out, "Median of %s, and least to greatest in brackets.\n\n", counted(len(s.Rounds), "round"))
	out.WriteString("| server | requests/s | p50 | p99 | allocations/request | bytes/request | CPU s/1000 requests |\n")
	out.WriteString("|---|--:|--:|--:|--:|--:|--:|\n")
	for _, name := range peer.Names() {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s | %s |\n", name,
			spread(s.Spread(name, throughput.Rate), whole),
			spread(s.Spread(name, throughput.P50), latency),
			spread(s.Spread(name, throughput.P99), latency),
			spread(s.Spread(name, throughput.Mallocs), tenths),
			spread(s.Spread(name, throughput.Bytes), whole),
			spread(s.Spread(name, throughput.CPU), thousandths),
		)
	}
	for _, to := range []peer.Name{peer.Echo, peer.Plain} {
		fmt.Fprintf(out, "| Homing / %s | %s | %s | %s | %s | %s | %s |\n", to,
			spread(s.Ratio(peer.Homing, to, throughput.Rate), hundredths),
			spread(s.Ratio(peer.Homing, to, throughput.P50), hundredths),
			spread(s.Ratio(peer.Homing, to, throughput.P99), hundredths),
			spread(s.Ratio(peer.Homing, to, throughput.Mallocs), hundredths),
			spread(s.Ratio(peer.Homing, to, throughput.Bytes), hundredths),
			spread(s.Ratio(peer.Homing, to, throughput.CPU), hundredths),
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
