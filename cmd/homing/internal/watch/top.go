package watch

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	recorded "github.com/homing-dev/homing/internal/console"
)

// Top returns the figures of all chains and their steps as a table.
func Top(out console.Stream, s recorded.Stats, server string, now time.Time) string {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	row := func(cells ...string) { _, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) }
	row("CHAIN / STEP", "RATE", "ERRORS", "P50", "P99", "RUNNING", "CALLS", "FAILED", "LIMIT", "BREAKER")
	for _, c := range s.Chains {
		row(append(append([]string{console.Printable(c.Name)}, figures(c.Figures)...), "", "")...)
		for _, st := range c.Steps {
			limit := ""
			if st.Limit > 0 {
				limit = fmt.Sprintf("%d of %d", st.Running, st.Limit)
			}
			row(append(append([]string{"  " + console.Printable(st.Name)}, figures(st.Figures)...), limit, st.Breaker)...)
		}
	}
	_ = w.Flush() // into memory
	head, rest, _ := strings.Cut(table.String(), "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %d requests kept\n\n%s\n", out.Bold(server), now.Format(time.TimeOnly), s.Requests, out.Faint(strings.TrimRight(head, " ")))
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, " \n")
		switch {
		case strings.HasSuffix(line, " open") || strings.HasSuffix(line, "half-open"):
			line = out.Red(line)
		case !strings.HasPrefix(line, " "):
			line = out.Bold(line)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func figures(f recorded.Figures) []string {
	quantile := func(ms *float64) string {
		if ms == nil {
			return "-"
		}
		return took(*ms)
	}
	return []string{
		fmt.Sprintf("%.1f/s", f.Rate), fmt.Sprintf("%.0f%%", f.Errors*100), quantile(f.P50), quantile(f.P99), //nolint:mnd // per cent
		fmt.Sprint(f.Running), fmt.Sprint(f.Total), fmt.Sprint(f.Failed),
	}
}
