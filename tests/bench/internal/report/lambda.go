package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
	"github.com/homing-dev/homing/tests/bench/internal/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/handling"
	"github.com/homing-dev/homing/tests/bench/internal/polling"
)

// The goals on AWS Lambda.
const (
	// ColdSeconds is how long the bootstrap may take to its first answer.
	ColdSeconds = 0.05
	// WarmP50 is what a call takes of the time of aws-lambda-go alone.
	WarmP50 = 1.2
	// Writes is how many writes a synchronous call through DynamoDB has.
	Writes = 1.0
)

// Lambda is what was measured under the emulated Lambda service.
type Lambda struct {
	// Starts of the functions, in the order of the report.
	Starts []lambda.Start
	// Warm has the works in the order of the report.
	Warm []lambda.Warm
	// Handling has the same works without the Runtime API.
	Handling []lambda.Handling
	// Replies are those that came through DynamoDB.
	Replies []polling.Result
	// NoReplies says why there are none; empty if there are.
	NoReplies string
}

const (
	half = 0.5
	most = 0.9
)

func (l Lambda) goals() []goal {
	out := make([]goal, 0, 3+len(l.Warm))
	for _, role := range []string{"all", "adapter"} {
		out = append(out, l.coldGoal(role))
	}
	for _, work := range []string{peer.Identity, peer.Quote} {
		ratio := l.find(work).Ratio(lambda.P50)
		out = append(out, goal{
			fmt.Sprintf("on Lambda, a call with %s steps: at most %.2f of aws-lambda-go's p50", work, WarmP50),
			spread(ratio, hundredths), ratio.Median > 0 && ratio.Median <= WarmP50,
		})
	}
	return append(out, l.writesGoal())
}

func (l Lambda) coldGoal(role string) goal {
	g := goal{
		text: fmt.Sprintf("on Lambda, from the start of the bootstrap with role %s to its first answer: at most %s",
			role, latency(ColdSeconds)),
		figure: "not measured",
	}
	for _, s := range l.Starts {
		if s.Role == role {
			median := s.Quantile(half)
			g.figure, g.met = latency(median), median > 0 && median <= ColdSeconds
		}
	}
	return g
}

func (l Lambda) writesGoal() goal {
	g := goal{text: "on Lambda, a call whose reply comes through DynamoDB: 1 write", figure: "not measured: " + orNobody(l.NoReplies)}
	if len(l.Replies) == 0 {
		return g
	}
	writes := make([]float64, 0, len(l.Replies))
	for _, r := range l.Replies {
		writes = append(writes, r.Writes)
	}
	all := figures.Of(writes)
	g.figure, g.met = spread(all, thousandths), all.Min == Writes && all.Max == Writes
	return g
}

func orNobody(reason string) string {
	if reason == "" {
		return "nobody asked"
	}
	return reason
}

// find gives the rounds of a work; none if it was not run.
func (l Lambda) find(work string) lambda.Warm {
	for _, w := range l.Warm {
		if w.Work == work {
			return w
		}
	}
	return lambda.Warm{Work: work}
}

func (l Lambda) write(out *strings.Builder) {
	l.writeStarts(out)
	l.writeWarm(out)
	l.writeHandling(out)
	l.writeReplies(out)
}

func (l Lambda) writeStarts(out *strings.Builder) {
	out.WriteString("\n### Lambda: from the start of a process to its first answer\n\n")
	n := 0
	if len(l.Starts) > 0 {
		n = len(l.Starts[0].Seconds)
	}
	fmt.Fprintf(out, "Of %s of each, in turn.\n\n", counted(n, "start"))
	out.WriteString("| function | first call | median | p90 | least |\n|---|---|--:|--:|--:|\n")
	for _, s := range l.Starts {
		fmt.Fprintf(out, "| %s | `%s` | %s | %s | %s |\n", s.Name, s.Call,
			latency(s.Quantile(half)), latency(s.Quantile(most)), latency(s.Quantile(0)))
	}
}

func (l Lambda) writeWarm(out *strings.Builder) {
	out.WriteString("\n### Lambda: calls of a running process, one at a time\n\n")
	rounds := 0
	if len(l.Warm) > 0 {
		rounds = len(l.Warm[0].Rounds)
	}
	fmt.Fprintf(out, "Median of %s, and least to greatest in brackets.\n\n", counted(rounds, "round"))
	out.WriteString("| work | function | calls/s | p50 | p99 |\n|---|---|--:|--:|--:|\n")
	for _, w := range l.Warm {
		for _, side := range []struct {
			name string
			of   func(lambda.Round) lambda.Sample
		}{
			{"aws-lambda-go alone", func(r lambda.Round) lambda.Sample { return r.Bare }},
			{"Homing", func(r lambda.Round) lambda.Sample { return r.Homing }},
		} {
			figure := func(f func(lambda.Sample) float64) figures.Spread {
				return w.Spread(func(r lambda.Round) float64 { return f(side.of(r)) })
			}
			fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", w.Work, side.name,
				spread(figure(lambda.Rate), whole), spread(figure(lambda.P50), latency), spread(figure(lambda.P99), latency))
		}
		fmt.Fprintf(out, "| %s | Homing / aws-lambda-go alone | %s | %s | %s |\n", w.Work,
			spread(w.Ratio(lambda.Rate), hundredths), spread(w.Ratio(lambda.P50), hundredths), spread(w.Ratio(lambda.P99), hundredths))
	}
}

func (l Lambda) writeHandling(out *strings.Builder) {
	out.WriteString("\nThe handlers alone, without the Runtime API, from the bytes of an event to those of its answer:\n\n")
	out.WriteString("| work | handler | time | allocations | bytes |\n|---|---|--:|--:|--:|\n")
	for _, h := range l.Handling {
		for _, side := range []struct {
			name string
			of   func(lambda.Handled) handling.Cost
		}{
			{"aws-lambda-go alone", func(r lambda.Handled) handling.Cost { return r.Bare }},
			{"Homing", func(r lambda.Handled) handling.Cost { return r.Homing }},
		} {
			figure := func(f func(handling.Cost) float64) figures.Spread {
				return h.Spread(func(r lambda.Handled) float64 { return f(side.of(r)) })
			}
			fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", h.Work, side.name,
				spread(figure(handling.Nanoseconds), nanoseconds), spread(figure(handling.Allocs), whole), spread(figure(handling.Bytes), whole))
		}
		fmt.Fprintf(out, "| %s | Homing more | %s | %s | %s |\n", h.Work,
			spread(h.Difference(handling.Nanoseconds), nanoseconds),
			spread(h.Difference(handling.Allocs), whole), spread(h.Difference(handling.Bytes), whole))
	}
}

// nanoseconds writes a time in µs.
func nanoseconds(ns float64) string { return fmt.Sprintf("%.1f µs", ns/float64(time.Microsecond)) }

func (l Lambda) writeReplies(out *strings.Builder) {
	out.WriteString("\n### Lambda: replies through DynamoDB\n\n")
	if len(l.Replies) == 0 {
		fmt.Fprintf(out, "Not measured: %s.\n", strings.TrimSuffix(orNobody(l.NoReplies), "."))
		return
	}
	out.WriteString("Plain calls through an adapter to a vertex, each figure per call. The chain pause takes 50 ms and an exponential " +
		"time of 150 ms on average more; p99 of the added waiting is the upper end of a bucket.\n\n")
	out.WriteString("| chain | `HOMING_POLL` | in flight | calls | writes | reads | read units | added waiting, mean | p99 " +
		"| a call, median | p99 | first call, two cold starts |\n")
	out.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, r := range l.Replies {
		fmt.Fprintf(out, "| %s | %s | %d | %d | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Chain, r.Poll, r.InFlight, r.Calls,
			thousandths(r.Writes), hundredths(r.Reads), hundredths(r.ReadUnits),
			latency(r.AddedMean), latency(r.AddedP99), latency(r.P50), latency(r.P99), latency(r.First))
	}
}
