package watch

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	recorded "github.com/homing-dev/homing/internal/console"
)

// Trace returns a request as a waterfall that is so many characters wide.
func Trace(out console.Stream, r recorded.Detail, width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s", out.Bold(console.Printable(r.Chain)), status(out, r.Summary), took(r.Duration))
	if r.Method != "" {
		b.WriteString("  " + console.Printable(r.Method+" "+r.Path))
	}
	if r.Kind != "sync" {
		b.WriteString("  " + r.Kind)
	}
	if r.Tenant != "" {
		b.WriteString("  for " + console.Printable(r.Tenant))
	}
	at := r.Start.Local().Format(time.DateTime) //nolint:gosmopolitan // the clock of who reads it
	b.WriteString("\n" + out.Faint(r.ID+"  "+at) + "\n\n")
	bars(&b, out, r, width)
	for _, name := range r.Missing {
		b.WriteString(out.Faint(fmt.Sprintf("  %s  did not run", console.Printable(name))) + "\n")
	}
	if r.Failure != "" {
		b.WriteString("\n" + out.Red(console.Printable(r.Failure)) + "\n")
	}
	return b.String()
}

// Of a line of the waterfall.
const (
	leastBar  = 10
	timeWidth = 10
)

// bars writes a line for each attempt of a step.
func bars(b *strings.Builder, out console.Stream, r recorded.Detail, width int) {
	names, longest := make([]string, len(r.Steps)), 0
	total := max(r.Duration, r.Ended, 0.001) //nolint:mnd // a microsecond
	for i, s := range r.Steps {
		names[i] = console.Printable(s.Step)
		if s.Attempt > 1 {
			names[i] += fmt.Sprintf(" attempt %d", s.Attempt)
		}
		longest = max(longest, utf8.RuneCountInString(names[i]))
		total = max(total, s.End)
	}
	room := max(leastBar, width-longest-timeWidth-6) //nolint:mnd // what stands between
	for i, s := range r.Steps {
		from := min(int(s.Start/total*float64(room)), room-1)
		size := min(max(1, int(math.Round((s.End-s.Start)/total*float64(room)))), room-from)
		bar := strings.Repeat("█", size)
		switch s.State {
		case "failed":
			bar = out.Red(bar)
		case "finished":
			bar = out.Green(bar)
		}
		fmt.Fprintf(b, "  %s%s  %s%s%s %*s", names[i], strings.Repeat(" ", longest-utf8.RuneCountInString(names[i])),
			strings.Repeat(" ", from), bar, strings.Repeat(" ", room-from-size), timeWidth, took(s.End-s.Start))
		if s.State != "finished" {
			b.WriteString("  " + s.State)
		}
		b.WriteString("\n")
		if s.Failure != "" {
			text, _, _ := strings.Cut(console.Printable(s.Failure), "\n")
			b.WriteString("    " + out.Red(text) + "\n")
		}
	}
}

// status is the state of a request: the status of its answer if it has one.
func status(out console.Stream, s recorded.Summary) string {
	const failed, refused = 500, 400
	text := strconv.Itoa(s.Status)
	switch {
	case s.State != "done" || s.Status == 0:
		return s.State
	case s.Status >= failed:
		return out.Red(text)
	case s.Status < refused:
		return out.Green(text)
	}
	return text
}

// took is a time in milliseconds with three digits.
func took(ms float64) string {
	d := time.Duration(ms * float64(time.Millisecond))
	for unit := time.Nanosecond; ; unit *= 10 {
		if d/unit < 1000 { //nolint:mnd // three digits
			return d.Round(unit).String()
		}
	}
}
