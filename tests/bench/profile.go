package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/report"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

// exactAllocs makes a profile of allocations exact enough to count by: one
// sample in so many bytes ([runtime.MemProfileRate]). It makes each of them
// slower, so the CPU profile is of another run.
const exactAllocs = "GODEBUG=memprofilerate=4096"

// profileAll writes profiles of every server and work at the load of the goals.
func profileAll(ctx context.Context, o options, stderr io.Writer) (err error) {
	w, clean, err := newWrk()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()
	start, err := starter()
	if err != nil {
		return err
	}
	startExact, err := starter(exactAllocs)
	if err != nil {
		return err
	}
	const mode = 0o755
	if err := os.MkdirAll(o.profile, mode); err != nil {
		return fmt.Errorf("make the folder of the profiles: %w", err)
	}
	for _, work := range []string{peer.Identity, peer.Quote} {
		load := throughput.Load{Work: work, Connections: report.Connections, Duration: o.duration}
		names := peer.Names()
		if work == o.hops().Work {
			names = append(names, peer.HopNames()...)
		}
		for _, name := range names {
			file := filepath.Join(o.profile, work+"-"+strings.NewReplacer(" ", "-", "/", "-", ",", "").Replace(string(name)))
			n, err := throughput.ProfileCPU(ctx, start, w, load, name, file+".cpu")
			if err != nil {
				return fmt.Errorf("profile the CPU time of %s: %w", name, err)
			}
			tellf(stderr, "%s.cpu: %d requests", file, n)
			if n, err = throughput.ProfileAllocs(ctx, startExact, w, load, name, file+".allocs"); err != nil {
				return fmt.Errorf("profile the allocations of %s: %w", name, err)
			}
			tellf(stderr, "%s.allocs: %d requests", file, n)
		}
	}
	return nil
}
