// Package handling measures a handler of aws-lambda-go by itself, without the
// Runtime API. The mains beside it are the handlers, each in a process of its
// own: a garbage collector has more to do in a program that holds more.
package handling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

// Handler is lambda.Handler of aws-lambda-go.
type Handler interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Cost is what a handler takes from the bytes of an event to those of its
// answer.
type Cost struct {
	// Nanoseconds of one core.
	Nanoseconds float64 `json:"nanoseconds"`
	// Allocs is the number of allocated objects, Bytes their size.
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"bytes"`
	// Answer is that to the first event.
	Answer json.RawMessage `json:"answer"`
}

// Nanoseconds gives the time of an event.
func Nanoseconds(c Cost) float64 { return c.Nanoseconds }

// Allocs gives the allocated objects of an event.
func Allocs(c Cost) float64 { return c.Allocs }

// Bytes gives the allocated bytes of an event.
func Bytes(c Cost) float64 { return c.Bytes }

// limit of an invocation: each has a deadline.
const limit = time.Hour

// Run reads an event from in, has h handle it for a second, and writes the
// [Cost] to out as JSON.
func Run(ctx context.Context, h Handler, in io.Reader, out io.Writer) error {
	payload, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	c, err := Measure(ctx, h, payload)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(c); err != nil {
		return fmt.Errorf("write the cost: %w", err)
	}
	return nil
}

// Measure has h handle an event for a second.
func Measure(ctx context.Context, h Handler, payload []byte) (Cost, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := h.Invoke(ctx, payload)
	if err != nil {
		return Cost{}, fmt.Errorf("handle an event: %w", err)
	}
	result := testing.Benchmark(func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			if _, err = h.Invoke(ctx, payload); err != nil || ctx.Err() != nil {
				b.FailNow()
			}
		}
	})
	if err = errors.Join(err, ctx.Err()); err != nil {
		return Cost{}, fmt.Errorf("handle an event again and again: %w", err)
	}
	n := float64(result.N)
	return Cost{
		Nanoseconds: float64(result.T.Nanoseconds()) / n,
		Allocs:      float64(result.MemAllocs) / n,
		Bytes:       float64(result.MemBytes) / n,
		Answer:      answer,
	}, nil
}
