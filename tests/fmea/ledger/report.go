package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report is the ledger as a text.
func (l *ledger) report() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := new(strings.Builder)
	for _, story := range l.stories {
		out.WriteString(story + "\n\n")
	}
	fmt.Fprintf(out, "ledger of seed %d: %d calls judged in %s, %d looks at the adapters, store %s, shape %s\n\n",
		l.cfg.seed, l.judged, l.took.Round(time.Second), l.looks, l.cfg.storeName(), l.cfg.shape)
	l.printOutcomes(out)
	fmt.Fprintln(out)
	for _, line := range l.counts() {
		fmt.Fprintln(out, line)
	}
	if len(l.signs) > 0 {
		fmt.Fprintln(out)
	}
	for _, sign := range slices.Sorted(maps.Keys(l.signs)) {
		fmt.Fprintf(out, "%6d  %s\n", l.signs[sign], sign)
	}
	for _, death := range l.deaths {
		fmt.Fprintln(out, "DIED   ", death)
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, "accepted: ", counted(l.accepted))
	fmt.Fprintln(out, "injected: ", counted(l.done))
	fmt.Fprintln(out, "cut:      ", counted(l.cuts))
	b := l.broker
	fmt.Fprintf(out, "broker:    %d events taken, %d refused, %d taken without an answer; ", b.taken, b.refused, b.unanswered)
	fmt.Fprintf(out, "%d deliveries, %d copies, %d again, %d dropped, %d unheard, %d delayed, %d overtaken; dead letters: %s\n",
		b.delivered, b.copies, b.again, b.dropped, b.unheard, b.delayed, b.overtaken, counted(b.dead))
	fmt.Fprintf(out, "executed:  the last step %d times for %d requests, %d times for one\n", l.executions, l.requests, l.most)
	fmt.Fprintf(out, "machine:   stood still %d times, for %s in all\n", l.stalls, rounded(l.stalled))
	for _, name := range slices.Sorted(maps.Keys(l.starved)) {
		fmt.Fprintf(out, "           %s wanted a processor and got none for %s\n", name, rounded(l.starved[name]))
	}
	fmt.Fprintf(out, "rate:      %.0f calls a second; lowered %d times, to %.1f, as the machine was saturated or much was stopped\n",
		l.cfg.rate, l.slowed, l.least)
	fmt.Fprintf(out, "noted:     %d times 429 or 503 without Retry-After\n", l.bare)
	return out.String()
}

// counts are the lines that decide.
func (l *ledger) counts() []string {
	forgotten := 0
	for _, outcomes := range l.outcomes {
		forgotten += outcomes[forgottenOutcome]
	}
	out := make([]string, 0, 6)
	for _, kind := range []string{LOST, WRONG, DOUBLE, HUNG} {
		out = append(out, fmt.Sprintf("%-8s %d", kind, l.faults[kind]))
	}
	return append(out, fmt.Sprintf("%-8s %d", "DIED", len(l.deaths)), fmt.Sprintf("%s: %d", forgottenOutcome, forgotten))
}

// printOutcomes writes a line for each mode and a column for each outcome.
func (l *ledger) printOutcomes(out *strings.Builder) {
	columns := map[string]bool{}
	for _, outcomes := range l.outcomes {
		for outcome := range outcomes {
			columns[outcome] = true
		}
	}
	names := slices.Sorted(maps.Keys(columns))
	short := strings.NewReplacer(forgottenOutcome, "forgotten")
	rows := new(strings.Builder)
	rows.WriteString("mode\tcalls\t")
	for _, name := range names {
		rows.WriteString(short.Replace(name) + "\t")
	}
	rows.WriteString("p50\tp99\tmost\t\n")
	for _, mode := range modeNames() {
		times := slices.Sorted(slices.Values(l.times[mode]))
		if len(times) == 0 {
			continue
		}
		fmt.Fprintf(rows, "%s\t%d\t", mode, len(times))
		for _, name := range names {
			fmt.Fprintf(rows, "%d\t", l.outcomes[mode][name])
		}
		fmt.Fprintf(rows, "%s\t%s\t%s\t\n", rounded(quantile(times, 50)), rounded(quantile(times, 99)), rounded(times[len(times)-1]))
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = table.Write([]byte(rows.String())) // to memory
	_ = table.Flush()
}

// quantile is the time that so many of a hundred do not exceed; sorted is not empty.
func quantile(sorted []time.Duration, percent int) time.Duration {
	return sorted[(len(sorted)*percent+99)/100-1]
}

func rounded(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Millisecond)
}

func counted[N int | int64](counts map[string]N) string {
	if len(counts) == 0 {
		return "none"
	}
	out := make([]string, 0, len(counts))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(out, ", ")
}

// progress is one line.
func (l *ledger) progress(running int, down []string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%5s  %6d of %d calls, %d running, lost %d, wrong %d, double %d, hung %d, died %d  %s",
		time.Since(l.began).Round(time.Second), l.judged, l.cfg.calls, running,
		l.faults[LOST], l.faults[WRONG], l.faults[DOUBLE], l.faults[HUNG], len(l.deaths), strings.Join(down, ", "))
}
