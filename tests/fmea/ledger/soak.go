package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// soak makes a run and returns its ledger, which is nil if it could not begin. It
// leaves no process and no file behind, whatever happens.
func soak(ctx context.Context, cfg config, out io.Writer) (*ledger, error) {
	dir, err := os.MkdirTemp("", "homing-ledger")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // nothing can be done
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s := newSystem(cfg, dir)
	defer s.end()
	expect, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	s.soak(ctx, stop, expect, out)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return s.ledger, cause
	}
	return s.ledger, nil
}

func newSystem(cfg config, dir string) *system {
	return &system{
		cfg: cfg, limits: standard(), dir: dir, ledger: newLedger(cfg), steps: newStepServer(),
		dice: newDice(cfg.seed, streamLinks), broker: newBroker(newDice(cfg.seed, streamBroker), cfg.calm),
	}
}

// open starts all that runs, and returns what the oracle has told.
func (s *system) open(ctx context.Context) (expectation, error) {
	if err := s.prepare(ctx); err != nil {
		return expectation{}, err
	}
	expect, err := s.oracle(ctx)
	if err != nil {
		return expect, err
	}
	return expect, s.start(ctx)
}

// prepare builds the command and starts what the harness serves.
func (s *system) prepare(ctx context.Context) error {
	if s.cfg.logs != "" {
		if err := os.MkdirAll(s.cfg.logs, 0o750); err != nil {
			return fmt.Errorf("keep the logs: %w", err)
		}
	}
	if s.command = s.cfg.command; s.command == "" {
		s.command = filepath.Join(s.dir, "app")
		if err := build(ctx, s.command, s.cfg.race); err != nil {
			return err
		}
	}
	url, err := serve(ctx, s.steps.handler())
	if err != nil {
		return err
	}
	if s.brokerURL, err = serve(ctx, s.broker.handler(ctx)); err != nil {
		return err
	}
	s.chains = filepath.Join(s.dir, "chain.yaml")
	if err := os.WriteFile(s.chains, []byte(chainFile(s.limits, url)), 0o600); err != nil {
		return fmt.Errorf("write the chains: %w", err)
	}
	return nil
}

// build builds the sample app.
func build(ctx context.Context, path string, race bool) error {
	cmd := exec.CommandContext(ctx, "go", "build", fmt.Sprintf("-race=%t", race), "-o", path, //nolint:gosec // of this module
		"github.com/homing-dev/homing/cmd/app")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the app: %w\n%s", err, text)
	}
	return nil
}

// soak makes the calls while faults are injected, and judges them.
func (s *system) soak(ctx context.Context, stop context.CancelCauseFunc, expect expectation, out io.Writer) {
	times := newTimeline()
	adapters := [2]adapter{{s.adapters[0].name, s.adapters[0].url()}, {s.adapters[1].name, s.adapters[1].url()}}
	k := newCallers(adapters, s.limits, times, expect, newDice(s.cfg.seed, streamCallers))
	defer k.client.CloseIdleConnections()
	court := court{times: times, store: s.keeper(), forgets: s.store.forgets}
	storm := &storm{
		cfg: s.cfg, dice: newDice(s.cfg.seed, streamFaults), times: times, targets: s.targets(),
		inject: s.ledger.inject, trouble: func(err error) { stop(err) },
	}
	calm := make(chan struct{})
	var faults, watch sync.WaitGroup
	faults.Go(func() { storm.run(ctx, calm) })
	var running atomic.Int64
	over := make(chan struct{})
	watch.Go(func() { s.watch(over, out, times, &running) })
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	go times.watchMachine(watching)
	go times.watchStarvation(watching, s.adapters[0])
	if s.adapters[1] != s.adapters[0] {
		go times.watchStarvation(watching, s.adapters[1])
	}
	pace := newPace(s.cfg.rate, times, &running, adapters[:]...)
	go pace.adjust(watching)
	s.makeCalls(ctx, k, court, pace, calm, &running)
	faults.Wait()
	close(over)
	watch.Wait()
	s.sum(times, pace)
}

// makeCalls makes all calls, so many at once. Faults go on while calls begin;
// then all is mended, so that the last calls can end.
func (s *system) makeCalls(ctx context.Context, k *callers, court court, pace *pace, calm chan<- struct{}, running *atomic.Int64) {
	var all sync.WaitGroup
	places := make(chan struct{}, s.cfg.callers)
	last := time.Now()
	for n := range s.cfg.calls {
		if ctx.Err() != nil || s.cfg.duration > 0 && time.Since(s.ledger.began) > s.cfg.duration {
			break
		}
		places <- struct{}{}
		last = pace.wait(ctx, last)
		running.Add(1)
		all.Go(func() {
			defer func() { <-places }()
			defer running.Add(-1)
			c := newCall(s.cfg.seed, n, s.cfg.modes)
			k.run(ctx, c)
			if ctx.Err() == nil {
				s.ledger.enter(c, court.judge(c), func(c *call) string {
					return "\n    meanwhile: " + k.times.meanwhile(c.began, c.ended) + s.about(c)
				})
			}
		})
	}
	close(calm)
	all.Wait()
}

// about returns what the processes and the broker know of the requests of a call.
func (s *system) about(c *call) string {
	const lines = 4
	var b strings.Builder
	seen := map[string]bool{}
	for _, l := range append(c.looks, look{id: c.id}) {
		if l.id == "" || seen[l.id] {
			continue
		}
		seen[l.id] = true
		if why := s.broker.given(l.id); why != "" {
			b.WriteString("\n    " + l.id + ": the broker has given an event up: " + why)
		}
		for _, p := range s.processes {
			for _, line := range p.log.about(l.id, lines) {
				b.WriteString("\n    " + line)
			}
		}
	}
	return b.String()
}

// watch prints progress until over is closed.
func (s *system) watch(over <-chan struct{}, out io.Writer, times *timeline, running *atomic.Int64) {
	if s.cfg.progress <= 0 {
		return
	}
	tick := time.NewTicker(s.cfg.progress)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_, _ = fmt.Fprintln(out, s.ledger.progress(int(running.Load()), times.now()))
		case <-over:
			return
		}
	}
}

// sum takes into the ledger what the doubles have counted.
func (s *system) sum(times *timeline, pace *pace) {
	executions, requests, most := s.steps.sums()
	counts := s.broker.sums()
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stalls, l.stalled = times.stalls()
	l.slowed, l.least = pace.sums()
	l.starved = times.starvation()
	l.took = time.Since(l.began)
	l.executions, l.requests, l.most, l.broker = executions, requests, most, counts
	for _, link := range s.links {
		if n := link.cuts.Load(); n > 0 {
			l.cuts[link.name] = n
		}
	}
}
