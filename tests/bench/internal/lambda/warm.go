package lambda

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
)

// Sample is what one running function did in a round: calls one after the
// other.
type Sample struct {
	// Rate is in calls per second of the time that was the function's.
	Rate float64
	// P50 and P99 of a call, in seconds.
	P50, P99 float64
}

// Round is both functions of a pair, in one stretch of time.
type Round struct {
	Bare, Homing Sample
}

// Warm is all rounds of a work.
type Warm struct {
	Work   string
	Rounds []Round
}

// Spread sums one figure up.
func (w Warm) Spread(figure func(Round) float64) figures.Spread {
	values := make([]float64, 0, len(w.Rounds))
	for _, r := range w.Rounds {
		values = append(values, figure(r))
	}
	return figures.Of(values)
}

// Ratio sums up how a figure of Homing compares with that of its peer in the
// same round.
func (w Warm) Ratio(figure func(Sample) float64) figures.Spread {
	return w.Spread(func(r Round) float64 { return figure(r.Homing) / figure(r.Bare) })
}

// P50 gives the median time of a call.
func P50(s Sample) float64 { return s.P50 }

// P99 gives the time that one call in a hundred exceeds.
func P99(s Sample) float64 { return s.P99 }

// Rate gives the calls per second.
func Rate(s Sample) float64 { return s.Rate }

// batch is how many calls a function gets before it is the other one's turn:
// what else the machine does meets both alike.
const batch = 20

// MeasureWarm measures a round of both functions of a pair: two processes, each
// with one call at a time, in turn until both have had their time together. It
// first calls both for the time of warmUp, and compares their answers.
func MeasureWarm(ctx context.Context, p Programs, pair Pair, warmUp, duration time.Duration) (_ Round, err error) {
	sides := [2]*side{{function: pair.bare}, {function: pair.homing}}
	for _, s := range sides {
		if s.service, err = p.service(ctx, s.function); err != nil {
			return Round{}, err
		}
		defer func() { err = s.service.end(ctx, err) }()
	}
	if err := alike(ctx, sides); err != nil {
		return Round{}, err
	}
	if err := alternate(ctx, sides, warmUp); err != nil {
		return Round{}, err
	}
	for _, s := range sides {
		s.seconds = s.seconds[:0]
	}
	if err := alternate(ctx, sides, duration); err != nil {
		return Round{}, err
	}
	return Round{Bare: sides[0].sample(), Homing: sides[1].sample()}, nil
}

// side is one of both functions, and how long each of its calls took.
type side struct {
	function

	service service
	seconds []float64
}

// alike calls both once. They must answer the same.
func alike(ctx context.Context, sides [2]*side) error {
	var bodies [2][]byte
	for i, s := range sides {
		payload, _, err := s.service.call(ctx, s.payload)
		if err == nil {
			bodies[i], err = Read(payload)
		}
		if err != nil {
			return fmt.Errorf("call %s: %w", s.name, err)
		}
	}
	if !bytes.Equal(bodies[0], bodies[1]) {
		return fmt.Errorf("%s answers %q, and %s %q", sides[1].name, bodies[1], sides[0].name, bodies[0])
	}
	return nil
}

// alternate calls both in turn for a time, the one that is first being the
// other one each time.
func alternate(ctx context.Context, sides [2]*side, duration time.Duration) error {
	for start := time.Now(); time.Since(start) < duration; sides[0], sides[1] = sides[1], sides[0] {
		for _, s := range sides {
			if err := s.calls(ctx); err != nil {
				return fmt.Errorf("call %s: %w", s.name, err)
			}
		}
	}
	return nil
}

// calls makes a batch of calls.
func (s *side) calls(ctx context.Context) error {
	for range batch {
		_, took, err := s.service.call(ctx, s.payload)
		if err != nil {
			return err
		}
		s.seconds = append(s.seconds, took.Seconds())
	}
	return nil
}

func (s *side) sample() Sample {
	const half, most = 0.5, 0.99
	var sum float64
	for _, one := range s.seconds {
		sum += one
	}
	return Sample{
		Rate: float64(len(s.seconds)) / sum,
		P50:  figures.Quantile(s.seconds, half), P99: figures.Quantile(s.seconds, most),
	}
}
