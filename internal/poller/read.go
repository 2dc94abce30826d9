package poller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller/schedule"
)

// read makes one read of the store, on a goroutine of its own.
func (p *Poller) read(b *busy, sched *schedule.Scheduler, r schedule.Read) {
	defer func() {
		if cause := recover(); cause != nil {
			p.panicked(cause)
			p.nudge()
		}
	}()
	p.metrics.asked(r)
	ctx, cancel := context.WithTimeout(b.ctx, p.o.Timeout)
	defer cancel()
	if r.ByKey {
		seen, err := p.lookAt(ctx, r)
		p.answered(b, sched, seen.Units, err, func(now time.Duration, err error) []schedule.Delivery {
			return sched.Seen(now, r, seen, err)
		})
		return
	}
	found, err := p.look(ctx, r)
	p.answered(b, sched, found.Units, err, func(now time.Duration, err error) []schedule.Delivery {
		return sched.Looked(now, r, found, err)
	})
}

// lookAt and look make the store's panics errors of the read.

func (p *Poller) lookAt(ctx context.Context, r schedule.Read) (seen reply.GetResult, err error) {
	defer func() { err = p.storePanicked(recover(), err) }()
	return p.store.Get(ctx, r.ID, r.Consistent)
}

func (p *Poller) look(ctx context.Context, r schedule.Read) (found reply.ScanResult, err error) {
	defer func() { err = p.storePanicked(recover(), err) }()
	return p.store.Scan(ctx, r.Look)
}

func (p *Poller) storePanicked(cause any, err error) error {
	if cause == nil {
		return err
	}
	p.metrics.panics.Inc()
	return fmt.Errorf("the reply store panicked: %v", cause)
}

// answered hands the answer of the store to the scheduler that asked for it.
func (p *Poller) answered(b *busy, sched *schedule.Scheduler, units float64, err error,
	tell func(time.Duration, error) []schedule.Delivery,
) {
	p.metrics.units.Add(max(units, 0))
	if err != nil && b.ctx.Err() != nil {
		err = schedule.ErrAbandoned
	}
	p.note(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	if sched != p.sched { // it was begun anew
		return
	}
	for _, d := range tell(time.Since(p.epoch), err) {
		delete(p.waits, d.ID)
		p.outbox = append(p.outbox, Outcome{ID: d.ID, Reply: d.Reply, Cancelled: d.Reply == nil})
		if d.Reply != nil {
			p.metrics.delivered(d)
		}
	}
	p.nudge()
}

// note counts and logs what a read has failed with.
func (p *Poller) note(err error) {
	switch {
	case err == nil, errors.Is(err, reply.ErrUnknown), errors.Is(err, reply.ErrExpired), errors.Is(err, schedule.ErrAbandoned):
	case throttled(err):
		p.metrics.throttles.Inc()
	default:
		p.metrics.failures.Inc()
		p.o.Logger.Warn("cannot look for replies", "error", err)
	}
}

// throttled says whether the store asks for fewer reads. DynamoDB's client
// gives its errors a code.
func throttled(err error) bool {
	var coded interface{ ErrorCode() string }
	if !errors.As(err, &coded) {
		return false
	}
	switch coded.ErrorCode() {
	case "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "Throttling", "ThrottledException":
		return true
	}
	return false
}
