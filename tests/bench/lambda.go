package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/chains"
	"github.com/homing-dev/homing/tests/bench/internal/polling"
	"github.com/homing-dev/homing/tests/bench/internal/report"
)

// How much is measured on Lambda.
const (
	starts      = 40 // of each function
	learnCalls  = 30 // from which the poller learns, for each call in flight
	replyCalls  = 100
	quickStarts = 5
	quickCalls  = 5
)

// measureLambda measures everything that runs under the emulated Lambda
// service.
func measureLambda(ctx context.Context, o options, stderr io.Writer) (out report.Lambda, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return report.Lambda{}, fmt.Errorf("make a folder for the functions: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tellf(stderr, "build the functions")
	programs, err := lambda.Build(ctx, dir)
	if err != nil {
		return report.Lambda{}, err
	}
	n := starts
	if o.quick {
		n = quickStarts
	}
	tellf(stderr, "%d starts of every function", n)
	if out.Starts, err = lambda.MeasureStarts(ctx, programs, n); err != nil {
		return report.Lambda{}, err
	}
	if err := measureCalls(ctx, programs, o, &out, stderr); err != nil {
		return report.Lambda{}, err
	}
	return out, measureReplies(ctx, programs, o, &out, stderr)
}

// measureCalls measures running functions, and handlers alone.
func measureCalls(ctx context.Context, programs lambda.Programs, o options, out *report.Lambda, stderr io.Writer) error {
	pairs, err := lambda.Pairs()
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		warm := lambda.Warm{Work: pair.Work}
		for range o.rounds {
			r, err := lambda.MeasureWarm(ctx, programs, pair, warmUp, o.duration)
			if err != nil {
				return err
			}
			tellf(stderr, "%s on Lambda: p50 %.0f µs, aws-lambda-go alone %.0f µs", pair.Work, micro(r.Homing.P50), micro(r.Bare.P50))
			warm.Rounds = append(warm.Rounds, r)
		}
		out.Warm = append(out.Warm, warm)
	}
	for _, work := range []string{peer.Identity, peer.Quote} {
		tellf(stderr, "%s handled without the Runtime API, %d rounds", work, o.rounds)
		h := lambda.Handling{Work: work}
		for range o.rounds {
			r, err := lambda.MeasureHandling(ctx, programs, work)
			if err != nil {
				return err
			}
			h.Rounds = append(h.Rounds, r)
		}
		out.Handling = append(out.Handling, h)
	}
	return nil
}

func micro(seconds float64) float64 { return seconds * float64(time.Second/time.Microsecond) }

// measureReplies measures replies that come through DynamoDB. Without Node.js
// there is none, which is no error.
func measureReplies(ctx context.Context, programs lambda.Programs, o options, out *report.Lambda, stderr io.Writer) (err error) {
	d, err := polling.StartDatabase(ctx, programs.CreateTable())
	if err != nil {
		out.NoReplies = strings.ReplaceAll(err.Error(), "\n", "; ")
		tellf(stderr, "no replies through DynamoDB: %s", out.NoReplies)
		return ctx.Err() //nolint:wrapcheck // the user has ended it
	}
	defer func() { err = errors.Join(err, d.Stop()) }()
	learn, calls := learnCalls, replyCalls
	if o.quick {
		learn, calls = quickCalls, quickCalls
	}
	loads := append(polling.Loads(programs.Bootstrap(), peer.Quote, learn, calls),
		polling.Loads(programs.Chains(), chains.Pause, learn, calls)...)
	for _, load := range loads {
		r, err := polling.Measure(ctx, d, load)
		if err != nil {
			return err
		}
		tellf(stderr, "%s, %s, %d in flight: %.2f writes, %.2f read units, %.0f µs added",
			r.Chain, r.Poll, r.InFlight, r.Writes, r.ReadUnits, micro(r.AddedMean))
		out.Replies = append(out.Replies, r)
	}
	return nil
}

// benchLambda measures what runs on Lambda and nothing else, and writes it to
// stdout.
func benchLambda(ctx context.Context, o options, stdout, stderr io.Writer) error {
	r := report.Report{Machine: report.ThisMachine(), Command: o.command}
	var err error
	if r.Lambda, err = measureLambda(ctx, o, stderr); err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, r.LambdaMarkdown()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
