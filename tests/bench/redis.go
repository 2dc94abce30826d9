package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/report"
	"github.com/homing-dev/homing/tests/bench/internal/viaredis"
)

// measureRedis measures replies that come home through a Redis server.
func measureRedis(ctx context.Context, o options, stderr io.Writer) (out report.Redis, err error) {
	if out.Paths, err = measurePaths(ctx, o, stderr); err != nil {
		return out, err
	}
	program, err := os.Executable()
	if err != nil {
		return out, fmt.Errorf("find this program: %w", err)
	}
	start := func(ctx context.Context, name peer.Name, args ...string) (*process.Process, error) {
		return process.Start(ctx, nil, program, append([]string{serverCommand, string(name), peer.Identity}, args...)...)
	}
	for _, fsync := range []viaredis.Fsync{viaredis.EverySecond, viaredis.Always} {
		calls, err := viaredis.MeasureCalls(ctx, start, fsync, []int{1, 16, report.Connections}, warmUp, o.duration)
		if err != nil {
			return out, err
		}
		for _, c := range calls {
			tellf(stderr, "through Redis, appendfsync %s, %d connections: p50 %.0f µs, %.0f µs of CPU a call",
				c.Fsync, c.Connections, micro(c.P50.Seconds()), c.CPU.Seconds()*1000) //nolint:mnd // it is of 1000 calls
		}
		out.Calls = append(out.Calls, calls...)
	}
	return out, nil
}

func measurePaths(ctx context.Context, o options, stderr io.Writer) (_ []viaredis.Path, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, fmt.Errorf("make a folder for Redis: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := viaredis.Server(ctx, dir, viaredis.EverySecond)
	if err != nil {
		return nil, err
	}
	defer server.Kill()
	tellf(stderr, "the way of a reply through Redis, %d rounds", o.rounds)
	return viaredis.MeasurePaths(ctx, server.URL(), o.rounds)
}

// benchRedis measures what comes home through Redis and nothing else. It writes
// that to stdout.
func benchRedis(ctx context.Context, o options, stdout, stderr io.Writer) error {
	r := report.Report{Machine: report.ThisMachine(), Command: o.command}
	var err error
	if r.Redis, err = measureRedis(ctx, o, stderr); err != nil {
		return err
	}
	if _, err := io.Copy(stdout, strings.NewReader(r.RedisMarkdown())); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
