// Package codec measures what reading and writing an event costs, by Homing's
// binding and by that of the CloudEvents SDK.
package codec

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
)

// Cost is what an event costs that is read and written again.
type Cost struct {
	// Nanoseconds of one core.
	Nanoseconds float64
	// Allocs is the number of allocated objects, Bytes their size.
	Allocs, Bytes float64
}

// Round is both codecs, one right after the other.
type Round struct {
	Homing, SDK Cost
}

// Comparison is all rounds.
type Comparison []Round

// Spread sums one figure of one codec up.
func (c Comparison) Spread(figure func(Round) float64) figures.Spread {
	values := make([]float64, 0, len(c))
	for _, r := range c {
		values = append(values, figure(r))
	}
	return figures.Of(values)
}

// Ratio sums up how a figure of Homing compares with that of the SDK in the
// same round.
func (c Comparison) Ratio(figure func(Cost) float64) figures.Spread {
	return c.Spread(func(r Round) float64 { return figure(r.Homing) / figure(r.SDK) })
}

// Nanoseconds gives the time of an event.
func Nanoseconds(c Cost) float64 { return c.Nanoseconds }

// Allocs gives the allocated objects of an event.
func Allocs(c Cost) float64 { return c.Allocs }

// Bytes gives the allocated bytes of an event.
func Bytes(c Cost) float64 { return c.Bytes }

// Compare measures both codecs in so many rounds, of a second for each codec,
// with an event of the given data.
func Compare(ctx context.Context, data []byte, rounds int) (Comparison, error) {
	out := make(Comparison, 0, rounds)
	for range rounds {
		sdk, err := measure(ctx, SDK, data)
		if err != nil {
			return nil, fmt.Errorf("measure the binding of the SDK: %w", err)
		}
		homing, err := measure(ctx, Homing, data)
		if err != nil {
			return nil, fmt.Errorf("measure the binding of Homing: %w", err)
		}
		out = append(out, Round{Homing: homing, SDK: sdk})
	}
	return out, nil
}

func measure(ctx context.Context, echo Echo, data []byte) (Cost, error) {
	header := Header()
	var failed error
	result := testing.Benchmark(func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			if failed = errors.Join(ctx.Err(), echo(ctx, discard{}, header, data)); failed != nil {
				b.FailNow()
			}
		}
	})
	if failed != nil {
		return Cost{}, failed
	}
	n := float64(result.N)
	return Cost{
		Nanoseconds: float64(result.T.Nanoseconds()) / n,
		Allocs:      float64(result.MemAllocs) / n,
		Bytes:       float64(result.MemBytes) / n,
	}, nil
}

// discard is a ResponseWriter that costs nothing but its header.
type discard http.Header

func (d discard) Header() http.Header       { return http.Header(d) }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
