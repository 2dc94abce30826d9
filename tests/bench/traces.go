package main

import (
	"context"
	"fmt"
	"io"

	"github.com/homing-dev/homing/tests/bench/internal/traced"
)

// Of a round: enough calls for the processor time to be more than its granularity.
const (
	tracedCalls      = 500
	quickTracedCalls = 100
	perRound         = 20 // times that each kind is measured for a round of the other loads
)

// benchTraces measures what traces cost a call, and prints a table.
func benchTraces(ctx context.Context, o options, stdout io.Writer) error {
	calls := tracedCalls
	if o.quick {
		calls = quickTracedCalls
	}
	rows, err := traced.Measure(ctx, o.rounds*perRound, calls)
	if err != nil {
		return fmt.Errorf("measure traces: %w", err)
	}
	_, _ = fmt.Fprintf(stdout, "| traces | processor time of a call | to none |\n|---|---|---|\n")
	for _, r := range rows {
		_, _ = fmt.Fprintf(stdout, "| %s | %.2f µs | %.3f |\n", r.Kind, float64(r.CPU.Nanoseconds())/1e3, r.Ratio) //nolint:mnd // in microseconds
	}
	return nil
}
