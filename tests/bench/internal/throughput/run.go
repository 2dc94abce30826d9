package throughput

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// Load is one series to run.
type Load struct {
	// Servers of a round in their order; nil means [peer.Names].
	Servers     []peer.Name
	Work        string
	Connections int
	Rounds      int
	// WarmUp and Duration are of one server in one round, in whole seconds.
	WarmUp, Duration time.Duration
}

// Starter starts the process of a server over a work.
type Starter func(ctx context.Context, name peer.Name, work string) (*process.Process, error)

// Run runs a series and tells every sample to heard.
func Run(ctx context.Context, start Starter, w wrk.Wrk, load Load, heard func(peer.Name, Sample)) (Series, error) {
	s := Series{Work: load.Work, Connections: load.Connections}
	servers := load.Servers
	if servers == nil {
		servers = peer.Names()
	}
	for range load.Rounds {
		round := Round{}
		for _, name := range servers {
			sample, err := measure(ctx, start, w, load, name)
			if err != nil {
				return Series{}, fmt.Errorf("measure %s with %s over %d connections: %w", name, load.Work, load.Connections, err)
			}
			heard(name, sample)
			round[name] = sample
		}
		s.Rounds = append(s.Rounds, round)
	}
	return s, nil
}

func measure(ctx context.Context, start Starter, w wrk.Wrk, load Load, name peer.Name) (_ Sample, err error) {
	server, err := start(ctx, name, load.Work)
	if err != nil {
		return Sample{}, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	url := server.URL(peer.Path)
	if _, err := w.Run(ctx, url, load.Connections, load.WarmUp); err != nil {
		return Sample{}, fmt.Errorf("warm up: %w", err)
	}
	before, err := server.Ask(process.CmdMeasure, "")
	if err != nil {
		return Sample{}, err
	}
	result, err := w.Run(ctx, url, load.Connections, load.Duration)
	if err != nil {
		return Sample{}, err
	}
	after, err := server.Ask(process.CmdMeasure, "")
	if err != nil {
		return Sample{}, err
	}
	return sampleOf(result, before, after), nil
}
