package adapter

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// quotaInterval is how often replicas tell each other what they have used.
	quotaInterval = time.Second
	// quotaBelieved is for how long they believe it of each other: behind that one is
	// taken to be gone, and without the store each has the whole quota.
	quotaBelieved = 3 * quotaInterval
	// quotasAtOnce is how many meters are synced at once.
	quotasAtOnce = 16
	// inCallPatience is for how long a call waits for its own sync, and inCallPause for
	// how long none does after that has failed.
	inCallPatience = 250 * time.Millisecond
	inCallPause    = 10 * time.Second
)

// quotaSync syncs the meters of this process with those of other replicas by the reply
// store. Nothing is synced that is not used, and no call waits for it, unless the
// process is frozen between calls. It is safe for concurrent use.
type quotaSync struct {
	store    reply.Counting
	replica  string
	inCall   bool // meters are synced within the calls that use them
	log      *slog.Logger
	failures prometheus.Counter
	wake     chan struct{} // for who is fresh

	mu      sync.Mutex
	fresh   []*meter  // of whom nothing is known
	queue   []*meter  // for the next time
	stop    func()    // ends what syncs them; nil if there are none
	closed  bool      // no more are synced
	failing bool      // since the last that has succeeded
	pause   time.Time // until when no call tries
}

// newQuotaSync returns nil if nothing is shared.
func newQuotaSync(cfg *Config) *quotaSync {
	store, counts := cfg.Store.(reply.Counting)
	if !cfg.SharedStore || !counts || cfg.QuotasPerProcess {
		return nil
	}
	const nameSize = 10
	return &quotaSync{
		store: store, replica: rand.Text()[:nameSize], inCall: cfg.FreezesAfterResponse, log: cfg.Logger,
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "homing_quota_sync_failures_total",
			Help: "Reports of what was used of a quota that the reply store has not taken in time: it may be used once more by each replica.",
		}),
		wake: make(chan struct{}, 1),
	}
}

// add queues a meter.
func (s *quotaSync) add(ctx context.Context, m *meter, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.stop == nil {
		ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
		go s.run(ctx)
	}
	if !fresh {
		s.queue = append(s.queue, m)
		return
	}
	s.fresh = append(s.fresh, m)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *quotaSync) run(ctx context.Context) {
	tick := time.NewTicker(quotaInterval)
	defer tick.Stop()
	for {
		var due []*meter
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			s.mu.Lock()
			due, s.fresh = s.fresh, nil
			s.mu.Unlock()
		case <-tick.C:
			s.mu.Lock()
			due, s.queue = s.queue, nil
			over := len(due)+len(s.fresh) == 0
			if over {
				s.stop()
				s.stop = nil
			}
			s.mu.Unlock()
			if over {
				return
			}
		}
		if len(due) > 0 {
			s.syncAll(ctx, due)
		}
	}
}

// syncAll syncs meters and queues those again that are in use. If there are more than
// can be synced in an interval, the others are the first ones of the next.
func (s *quotaSync) syncAll(ctx context.Context, due []*meter) {
	end := time.Now().Add(quotaInterval)
	permits, failed := make(chan struct{}, quotasAtOnce), make(chan error, len(due))
	var running sync.WaitGroup
	begun := 0
	for _, m := range due {
		if permits <- struct{}{}; ctx.Err() != nil || !time.Now().Before(end) {
			break
		}
		begun++
		running.Go(func() {
			defer func() { <-permits }()
			within, cancel := context.WithTimeout(ctx, quotaInterval)
			defer cancel()
			if err := s.sync(within, m, 0); err != nil {
				failed <- err
			}
		})
	}
	running.Wait()
	close(failed)
	s.note(ctx, <-failed)
	left := slices.Clone(due[begun:])
	due = slices.DeleteFunc(due[:begun], (*meter).idle)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = slices.Concat(left, s.queue, due)
}

// sync reports what a meter counts, with some calls more that it is to let in then, and
// has it learn what others do.
func (s *quotaSync) sync(ctx context.Context, m *meter, prepaid int64) error {
	u, calls := m.report(s.replica, prepaid)
	if s.inCall {
		u.Asked = 0 // processes are many, and each has one call
	}
	total, err := s.store.Count(ctx, u)
	if err != nil {
		m.unlearn(calls)
		s.failures.Inc()
		return err
	}
	m.learn(u, prepaid, total)
	return nil
}

// note logs that quotas are not shared any more, or again. That nobody waits for a sync
// says nothing of the store.
func (s *quotaSync) note(ctx context.Context, err error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	s.mu.Lock()
	before := s.failing
	if s.failing = err != nil; s.failing {
		s.pause = time.Now().Add(inCallPause)
	}
	s.mu.Unlock()
	switch {
	case err != nil && !before:
		s.log.LogAttrs(ctx, slog.LevelWarn, "quotas are not shared: each replica has the whole of them until the reply store can be reached",
			slog.Any("error", err))
	case err == nil && before:
		s.log.LogAttrs(ctx, slog.LevelInfo, "quotas are shared again")
	}
}

// due reports whether a meter is to be synced in the call that wants to be let in: the
// process is frozen between calls, and the last sync was long ago.
func (s *quotaSync) due(m *meter, now time.Time) bool {
	if s == nil || !s.inCall {
		return false
	}
	s.mu.Lock()
	paused := now.Before(s.pause)
	s.mu.Unlock()
	return !paused && m.stale(now)
}

func (s *quotaSync) syncInCall(ctx context.Context, m *meter, prepaid int64) {
	within, cancel := context.WithTimeout(ctx, inCallPatience)
	defer cancel()
	s.note(ctx, s.sync(within, m, prepaid))
}

// close ends the syncs. It may be called on nil, and again.
func (s *quotaSync) close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed = true; s.stop != nil {
		s.stop()
	}
}

func (s *quotaSync) collectors() []prometheus.Collector {
	if s == nil {
		return nil
	}
	return []prometheus.Collector{s.failures}
}
