package lambda

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
)

// Start is how long a function took from the start of its process to its first
// answer, again and again.
type Start struct {
	// Name of the function, and what the first call asked for.
	Name, Call string
	// Role is that of the product's bootstrap; empty for what else is measured.
	Role string
	// Seconds of every start, in order.
	Seconds []float64
}

// Quantile of the times, in seconds.
func (s Start) Quantile(q float64) float64 { return figures.Quantile(s.Seconds, q) }

// starting is a function whose starts are measured.
type starting struct {
	function

	call string
	role string
}

// MeasureStarts starts every function n times, in turn, after a start that
// brings its file into memory.
func MeasureStarts(ctx context.Context, p Programs, n int) ([]Start, error) {
	all, err := allStarting()
	if err != nil {
		return nil, err
	}
	out := make([]Start, 0, len(all))
	for _, f := range all {
		if _, err := p.startOnce(ctx, f.function); err != nil {
			return nil, err
		}
		out = append(out, Start{Name: f.name, Call: f.call, Role: f.role})
	}
	for range n {
		for i, f := range all {
			took, err := p.startOnce(ctx, f.function)
			if err != nil {
				return nil, err
			}
			out[i].Seconds = append(out[i].Seconds, took.Seconds())
		}
	}
	return out, nil
}

func (p Programs) startOnce(ctx context.Context, f function) (took time.Duration, err error) {
	s, err := p.service(ctx, f)
	if err != nil {
		return 0, err
	}
	defer func() { err = s.end(ctx, err) }()
	payload, took, err := s.call(ctx, f.payload)
	if err == nil {
		_, err = Read(payload)
	}
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", f.name, err)
	}
	return took, nil
}

// allStarting are the functions in the order of the report. An adapter answers
// for itself: what a call through it waits for is another function.
func allStarting() ([]starting, error) {
	pairs, err := Pairs()
	if err != nil {
		return nil, err
	}
	out := make([]starting, 0, 2*len(pairs)+1)
	for _, pair := range pairs {
		out = append(out,
			starting{pair.bare, "POST " + pair.path, ""},
			starting{pair.homing, "POST " + pair.path, roleOf(pair)})
	}
	const path = "/health/liveness"
	const role = "adapter"
	payload, err := Event(http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return append(out, starting{function{
		name: "Homing's bootstrap, role adapter", program: bootstrap, payload: payload,
		env: map[string]string{"HOMING_ROLE": role, "HOMING_TABLE": "replies", "HOMING_VERTICES": "*=vertex"},
	}, "GET " + path, role}), nil
}

// roleOf is the role of Homing's side, if that is the product's bootstrap.
func roleOf(pair Pair) string {
	if pair.homing.program != bootstrap {
		return ""
	}
	return pair.homing.env["HOMING_ROLE"]
}
