package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// target is what faults hit: a process or a link.
type target struct {
	name    string
	process *process
	link    *link
}

// storm injects faults, up to two at a time and never two of one target. Where
// they can be long it rests now and then with everything up: a caller who tries
// again for 90 s is promised a result, which nobody can give if no second of
// these finds all of store, vertices and an adapter up.
type storm struct {
	cfg     config
	dice    *dice
	times   *timeline
	targets []target
	inject  func(kind, target string)
	trouble func(error) // is called if the harness cannot do what it wants

	mu   sync.Mutex
	busy map[string]bool
}

const atOnce = 2

// slowTime is for how long a link is slow, at most.
const slowTime = 6 * time.Second

// A storm of long faults lasts for stormTime and the rest of the last fault, so
// that with the pause after it 90 s are not exceeded.
const (
	longStop  = 10 * time.Second
	stormTime = 30 * time.Second
	restTime  = 12 * time.Second
)

// run injects faults until calm is closed, and returns when all is up again.
// What it does ends with ctx, too.
func (s *storm) run(ctx context.Context, calm <-chan struct{}) {
	for len(s.choices()) > 0 {
		s.blow(ctx, calm)
		if !wait(ctx, calm, restTime) {
			return
		}
	}
}

// blow injects faults until a rest is due, and waits until they are mended.
func (s *storm) blow(ctx context.Context, calm <-chan struct{}) {
	var running sync.WaitGroup
	defer running.Wait()
	places := make(chan struct{}, atOnce)
	begin := time.Now()
	for wait(ctx, calm, s.dice.between(200*time.Millisecond, 2*time.Second)) {
		select {
		case places <- struct{}{}:
		case <-calm:
			return
		case <-ctx.Done():
			return
		}
		if s.cfg.stop > longStop && time.Since(begin) > stormTime {
			return
		}
		choices := s.choices()
		c := choices[s.dice.below(len(choices))]
		if !s.enter(c.at.name) {
			<-places
			continue
		}
		running.Go(func() {
			defer func() { <-places }()
			defer s.leave(c.at.name)
			s.hit(ctx, calm, c.kind, c.at)
		})
	}
}

// choice is a fault that may be.
type choice struct {
	kind string
	at   target
}

func (s *storm) choices() []choice {
	var out []choice
	for _, t := range s.targets {
		if len(s.cfg.targets) > 0 && !slices.ContainsFunc(s.cfg.targets, func(p string) bool { return strings.HasPrefix(t.name, p) }) {
			continue
		}
		for _, kind := range s.cfg.kinds {
			spared := (kind == faultKill || kind == faultRoll) && slices.Contains(s.cfg.spared, t.name) ||
				kind == faultRoll && t.name == storeName // which is not of us
			if (kind == faultCut || kind == faultSlow) == (t.link != nil) && !spared {
				out = append(out, choice{kind, t})
			}
		}
	}
	return out
}

// hit injects one fault and mends it.
func (s *storm) hit(ctx context.Context, calm <-chan struct{}, kind string, t target) {
	s.inject(kind, t.name)
	defer s.times.begin(t.name, kind)()
	switch kind {
	case faultKill:
		t.process.kill()
		if t.process.afterKill != nil {
			s.report(ctx, t.process.afterKill())
		}
		wait(ctx, calm, s.dice.between(50*time.Millisecond, 2*time.Second))
		s.report(ctx, t.process.start(ctx))
	case faultRoll:
		s.report(ctx, t.process.end())
		s.report(ctx, t.process.start(ctx))
	case faultStop:
		s.report(ctx, t.process.freeze())
		wait(ctx, calm, s.dice.between(time.Second, s.cfg.stop))
		s.report(ctx, t.process.thaw())
	case faultCut:
		t.link.torn.Store(true)
		t.link.cut()
		wait(ctx, calm, s.dice.between(300*time.Millisecond, 3*time.Second))
		t.link.torn.Store(false)
	case faultSlow:
		t.link.slow.Store(true)
		wait(ctx, calm, s.dice.between(time.Second, slowTime))
		t.link.slow.Store(false)
	}
}

func (s *storm) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		s.trouble(err)
	}
}

func (s *storm) enter(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[name] {
		return false
	}
	if s.busy == nil {
		s.busy = map[string]bool{}
	}
	s.busy[name] = true
	return true
}

func (s *storm) leave(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, name)
}

// wait waits, and reports false if calm is wanted or ctx ends before.
func wait(ctx context.Context, calm <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-calm:
		return false
	case <-ctx.Done():
		return false
	}
}
