package polling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
	"github.com/homing-dev/homing/tests/bench/internal/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
)

// Load is what an adapter is measured with.
type Load struct {
	// Bootstrap is the path of the executable that has the chain, and Chain its
	// name. Its route is POST /NAME.
	Bootstrap, Chain string
	// Poll is HOMING_POLL: "latency", "balanced" or "cost".
	Poll string
	// InFlight is how many calls run at once, all in one process of the
	// adapter (AWS_LAMBDA_MAX_CONCURRENCY); each has a process of the vertex.
	InFlight int
	// WarmUp calls come first, from which the poller learns how long one takes.
	WarmUp, Calls int
}

// Result is what was measured, per call.
type Result struct {
	Load

	// First is how long the first call took, with a process of each function
	// to be started, in seconds.
	First float64
	// Reads, ReadUnits and Writes are what DynamoDB saw of a call.
	Reads, ReadUnits, Writes float64
	// Failed is how many of DynamoDB's answers were errors, in all.
	Failed int
	// AddedMean and AddedP99 are the time from when a reply was written to when
	// it was delivered, as the adapter's metrics have it, in seconds. The
	// second one is the upper end of a bucket.
	AddedMean, AddedP99 float64
	// P50 and P99 are those of a whole call, in seconds.
	P50, P99 float64
}

// Loads are the three presets, with one call in flight and with several, of
// which there are as many more calls.
func Loads(bootstrap, chain string, warmUp, calls int) []Load {
	const several = 16
	presets, counts := []string{"latency", "balanced", "cost"}, []int{1, several}
	out := make([]Load, 0, len(presets)*len(counts))
	for _, inFlight := range counts {
		for _, poll := range presets {
			out = append(out, Load{
				Bootstrap: bootstrap, Chain: chain,
				Poll: poll, InFlight: inFlight, WarmUp: warmUp * inFlight, Calls: calls * inFlight,
			})
		}
	}
	return out
}

// Measure measures one load with functions of their own: plain calls with the
// body peer.Order.
func Measure(ctx context.Context, d *Database, load Load) (_ Result, err error) {
	var log safe
	s, err := startStack(ctx, d, load, &log)
	if err != nil {
		return Result{}, err
	}
	defer func() {
		if err = errors.Join(err, s.end(ctx)); err != nil {
			err = fmt.Errorf("%s, %s, %d in flight: %w; the functions wrote: %s", load.Chain, load.Poll, load.InFlight, err, log.tail())
		}
	}()
	payload, err := lambda.Event(http.MethodPost, "/"+load.Chain, peer.Order)
	if err != nil {
		return Result{}, err
	}
	out := Result{Load: load}
	if out.First, err = s.call(ctx, payload); err != nil {
		return Result{}, err
	}
	if _, err := s.calls(ctx, payload, load.InFlight, load.WarmUp); err != nil {
		return Result{}, err
	}
	metrics, err := s.metrics(ctx)
	if err != nil {
		return Result{}, err
	}
	count := d.Count()
	seconds, err := s.calls(ctx, payload, load.InFlight, load.Calls)
	if err != nil {
		return Result{}, err
	}
	count = d.Count().Since(count)
	after, err := s.metrics(ctx)
	if err != nil {
		return Result{}, err
	}
	return out.filled(seconds, count, after.Since(metrics))
}

func (r Result) filled(seconds []float64, count Count, metrics Metrics) (Result, error) {
	n := float64(len(seconds))
	if metrics.Replies != n {
		return Result{}, fmt.Errorf("the adapter tells of %g replies for %g calls", metrics.Replies, n)
	}
	const half, most = 0.5, 0.99
	r.Reads, r.ReadUnits, r.Writes = float64(count.Reads())/n, count.ReadUnits()/n, float64(count.Writes())/n
	r.Failed = count.Failed
	r.AddedMean, r.AddedP99 = metrics.Added.Mean(), metrics.Added.Quantile(most)
	r.P50, r.P99 = figures.Quantile(seconds, half), figures.Quantile(seconds, most)
	return r, nil
}

// calls makes n calls, so many at a time, and says how long each took.
func (s *stack) calls(ctx context.Context, payload []byte, inFlight, n int) ([]float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	seconds := make([]float64, n)
	var next atomic.Int64
	var callers sync.WaitGroup
	for range inFlight {
		callers.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = next.Add(1) - 1 {
				var err error
				if seconds[i], err = s.call(ctx, payload); err != nil {
					cancel(err)
				}
			}
		})
	}
	callers.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return seconds, nil
}

// call makes one call, and gives its seconds.
func (s *stack) call(ctx context.Context, payload []byte) (float64, error) {
	start := time.Now()
	_, err := s.ask(ctx, payload)
	return time.Since(start).Seconds(), err
}

// ask sends an event to the adapter and gives the body of its answer.
func (s *stack) ask(ctx context.Context, payload []byte) ([]byte, error) {
	result, err := s.Invoke(ctx, adapterName, payload)
	switch {
	case err != nil:
		return nil, err //nolint:wrapcheck // names the function
	case result.FunctionError != "":
		return nil, fmt.Errorf("the adapter failed: %s", result.Payload)
	default:
		return lambda.Read(result.Payload) //nolint:wrapcheck // says that it is the answer
	}
}

func (s *stack) metrics(ctx context.Context) (Metrics, error) {
	payload, err := lambda.Event(http.MethodGet, "/metrics", nil)
	if err != nil {
		return Metrics{}, err //nolint:wrapcheck // says what was tried
	}
	text, err := s.ask(ctx, payload)
	if err != nil {
		return Metrics{}, fmt.Errorf("ask for the metrics: %w", err)
	}
	return ReadMetrics(text)
}

// safe keeps what several functions write.
type safe struct {
	mu   sync.Mutex
	text bytes.Buffer
}

var _ io.Writer = (*safe)(nil)

// Write implements io.Writer.
func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p) //nolint:wrapcheck // it has no error
}

// tail is the end of it, which says most.
func (s *safe) tail() []byte {
	const enough = 2000
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.text.Bytes()
	return bytes.TrimSpace(text[max(0, len(text)-enough):])
}
