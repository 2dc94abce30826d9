package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/homing-dev/homing/tests/bench/internal/codec"
	"github.com/homing-dev/homing/tests/bench/internal/memory"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/report"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// page is where -write puts the report: from this module's folder.
const page = "../../docs/benchmarks.md"

// How many requests wait at once, and after how many the growth is measured.
const (
	waitingRequests = 10_000
	firstRequests   = 10_000
	lastRequests    = 1_000_000
	quickPart       = 10 // -quick waits and grows with a tenth
)

// bench measures everything and writes the report to stdout, and what it does
// meanwhile to stderr.
func bench(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	if o.write {
		if err := report.CheckPage(page); err != nil {
			return err
		}
	}
	r := report.Report{Machine: report.ThisMachine(), Command: o.command}
	w, clean, err := newWrk()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()
	start, err := starter()
	if err != nil {
		return err
	}
	if err := checkAnswers(ctx, start); err != nil {
		return err
	}
	if err := measureLoads(ctx, start, w, o, &r, stderr); err != nil {
		return err
	}
	tellf(stderr, "an event read and written, %d rounds", o.rounds)
	if r.Codec, err = codec.Compare(ctx, peer.Order, o.rounds); err != nil {
		return err
	}
	if r.Waiting, err = measureWaiting(ctx, start, o, stderr); err != nil {
		return err
	}
	last := lastRequests
	if o.quick {
		last /= quickPart
	}
	tellf(stderr, "growth over %d requests", last)
	if r.Growth, err = memory.MeasureGrowth(ctx, start, w, firstRequests, last); err != nil {
		return fmt.Errorf("measure the growth of Homing: %w", err)
	}
	if r.Redis, err = measureRedis(ctx, o, stderr); err != nil {
		return err
	}
	if r.Lambda, err = measureLambda(ctx, o, stderr); err != nil {
		return err
	}
	return publish(r, o, stdout)
}

// measureLoads runs all series and puts them into r.
func measureLoads(ctx context.Context, start throughput.Starter, w wrk.Wrk, o options, r *report.Report, stderr io.Writer) error {
	run := func(load throughput.Load) (throughput.Series, error) {
		return throughput.Run(ctx, start, w, load, func(name peer.Name, s throughput.Sample) {
			tellf(stderr, "%s, %d connections, %s: %.0f requests/s, %.1f allocations", load.Work, load.Connections, name, s.Rate, s.Mallocs)
		})
	}
	for _, load := range o.loads() {
		series, err := run(load)
		if err != nil {
			return err
		}
		r.Series = append(r.Series, series)
	}
	var err error
	r.Hops, err = run(o.hops())
	return err
}

func publish(r report.Report, o options, stdout io.Writer) error {
	text := r.Markdown()
	if _, err := io.WriteString(stdout, text); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if o.write {
		return report.WriteInto(page, text)
	}
	return nil
}

// newWrk prepares the load generator; clean removes its script.
func newWrk() (w wrk.Wrk, clean func() error, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return wrk.Wrk{}, nil, fmt.Errorf("make a folder for the script of wrk: %w", err)
	}
	clean = func() error { return os.RemoveAll(dir) }
	if w, err = wrk.New(filepath.Clean(dir), peer.Order); err != nil {
		return wrk.Wrk{}, nil, errors.Join(err, clean())
	}
	return w, clean, nil
}

func measureWaiting(ctx context.Context, start memory.Starter, o options, stderr io.Writer) (memory.Waiting, error) {
	n := waitingRequests
	if o.quick {
		n /= quickPart
	}
	if err := enoughFiles(n); err != nil {
		return memory.Waiting{}, err
	}
	w := memory.Waiting{Requests: n}
	for _, one := range []struct {
		name peer.Name
		into *memory.Footprint
	}{{peer.Plain, &w.Plain}, {peer.Homing, &w.Homing}} {
		tellf(stderr, "%d requests wait at once, %s", n, one.name)
		var err error
		if *one.into, err = memory.MeasureWaiting(ctx, start, one.name, n); err != nil {
			return memory.Waiting{}, fmt.Errorf("let %d requests wait on %s: %w", n, one.name, err)
		}
	}
	return w, nil
}

// enoughFiles says so if this process may not open as many connections. Go
// raises the limit as far as it may at the start of every process.
func enoughFiles(connections int) error {
	const others = 64
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	if need := uint64(connections + others); limit.Cur < need { //nolint:gosec // a small number
		return fmt.Errorf("%d open files are allowed, but %d are needed; run: ulimit -n %d", limit.Cur, need, need)
	}
	return nil
}

// tellf writes a line of progress. Whether anybody reads it does not matter.
func tellf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
