package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/tests/bench/internal/report"
)

// What the overloaded chain is: so many calls at once, each for half as long again or
// as much less, as a database with so many connections.
const (
	overloadPlaces = 16
	overloadTakes  = 100 * time.Millisecond
	overloadSpread = 0.25
	overloadWarm   = 4 * time.Second
	overloadLasts  = 7 * time.Second
	overloadSecret = "0123456789abcdef"
	perSecond      = float64(overloadPlaces) / (float64(overloadTakes) / float64(time.Second))
)

// demand is what one tenant sends, and what became of it.
type demand struct {
	tenant, path string
	share        float64 // of the capacity

	mu    sync.Mutex
	sent  int
	times []time.Duration // of what was answered with 200
}

// benchOverload measures what priorities and fair shares do under three times the load
// that can be served, with adaptive admission and without, beside the calls alone.
//
//nolint:mnd // the parts of the capacity are the experiment
func benchOverload(ctx context.Context, o options, stdout, stderr io.Writer) error {
	const high, few = 0.6, 0.4
	tellf(stdout, "Measured by `%s` on %s.\n", o.command, report.ThisMachine())
	tellf(stdout, "| | admission | tenant | load, of capacity | answered with 200 | p50 | p99 | of capacity served |")
	tellf(stdout, "|---|---|---|---|---|---|---|---|")
	for _, run := range []struct {
		name     string
		adaptive bool
		loads    []*demand
	}{
		{"unloaded", false, []*demand{{tenant: "high", path: "/high", share: high}}},
		{"3 × capacity", false, []*demand{{tenant: "high", path: "/high", share: high}, {tenant: "low", path: "/low", share: 2.4}}},
		{"3 × capacity", true, []*demand{{tenant: "high", path: "/high", share: high}, {tenant: "low", path: "/low", share: 2.4}}},
		{"10 × the other", false, []*demand{{tenant: "few", path: "/low", share: few}, {tenant: "many", path: "/low", share: 4}}},
		{"10 × the other", true, []*demand{{tenant: "few", path: "/low", share: few}, {tenant: "many", path: "/low", share: 4}}},
	} {
		tellf(stderr, "overload: %s, adaptive %t", run.name, run.adaptive)
		if err := offer(ctx, run.adaptive, run.loads); err != nil {
			return err
		}
		all := 0
		for _, l := range run.loads {
			all += len(l.times)
		}
		for _, l := range run.loads {
			slices.Sort(l.times)
			tellf(stdout, "| %s | %s | %s | %.0f %% | %.1f %% | %s | %s | %.0f %% |", run.name,
				map[bool]string{true: "adaptive", false: "off"}[run.adaptive], l.tenant, 100*l.share,
				100*float64(len(l.times))/float64(max(l.sent, 1)), l.quantile(0.5), l.quantile(0.99),
				100*float64(all)/(perSecond*overloadLasts.Seconds()))
		}
	}
	return nil
}

func (l *demand) quantile(q float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	return l.times[int(q*float64(len(l.times)-1))].Round(time.Millisecond)
}

// offer serves the chains and sends the loads, each evenly.
func offer(ctx context.Context, adaptive bool, loads []*demand) error {
	places := make(chan struct{}, overloadPlaces)
	work := func(ctx context.Context, in event.Event) (*event.Event, error) {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		defer func() { <-places }()
		time.Sleep(time.Duration((1 - overloadSpread + 2*overloadSpread*rand.Float64()) * float64(overloadTakes))) //nolint:gosec // no secret
		return &in, nil
	}
	cfg := adapter.Config{Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler), Adaptive: adaptive}
	for _, l := range loads {
		cfg.Tokens = append(cfg.Tokens, adapter.Token{Tenant: l.tenant, Secret: l.tenant + overloadSecret})
	}
	chainOf := func(priority string) functions.Chain {
		return functions.Chain{
			Name: priority, Method: http.MethodPost, Path: "/" + priority, Priority: priority,
			Timeout: 2 * time.Second, //nolint:mnd // a caller's patience
			Steps:   []functions.Step{{Name: "work", Function: work}},
		}
	}
	a, err := runtimes.Inline([]functions.Chain{chainOf(functions.PriorityHigh), chainOf(functions.PriorityLow)}, cfg)
	if err != nil {
		return fmt.Errorf("serve the overloaded chains: %w", err)
	}
	defer a.Close()
	var senders sync.WaitGroup
	for _, l := range loads {
		senders.Go(func() { l.send(ctx, a) })
	}
	senders.Wait()
	return ctx.Err()
}

// send sends a load for its time and waits for the answers.
func (l *demand) send(ctx context.Context, a http.Handler) {
	var calls sync.WaitGroup
	begin := time.Now()
	for n := 0; time.Since(begin) < overloadWarm+overloadLasts && ctx.Err() == nil; n++ {
		due := begin.Add(time.Duration(float64(n) / (perSecond * l.share) * float64(time.Second)))
		time.Sleep(time.Until(due))
		calls.Go(func() {
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, l.path, strings.NewReader("x"))
			r.Header.Set("Authorization", "Bearer "+l.tenant+overloadSecret)
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			l.mu.Lock()
			defer l.mu.Unlock()
			if due.Before(begin.Add(overloadWarm)) {
				return
			}
			l.sent++
			if w.Code == http.StatusOK {
				l.times = append(l.times, time.Since(due)) // from when it was due, so that a late sender hides nothing
			}
		})
	}
	calls.Wait()
}
