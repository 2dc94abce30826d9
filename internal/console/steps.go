package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// States of a run, and so of a step.
const (
	stateRunning, stateFinished, stateFailed  = "running", "finished", "failed"
	stateDropped, stateAccepted, stateRetried = "dropped", "accepted", "retrying"
)

// Runner runs steps of one chain in this process, as a vertex does.
type Runner interface {
	// CarryPart runs the steps from number first up to, and without, number end.
	CarryPart(ctx context.Context, in event.Event, first, end int, onProgress func(reply.Progress)) (carrier.Result, error)
}

// Steps returns a chain whose functions are recorded. It is registered by that, and
// must be so before its calls come; the given one is not changed.
func (r *Recorder) Steps(c functions.Chain) functions.Chain {
	ch := r.add(c)
	c.Steps = slices.Clone(c.Steps)
	for i, s := range c.Steps {
		if s.Function != nil {
			c.Steps[i].Function = r.function(ch.steps[s.Name], s.Function)
		}
	}
	return c
}

// Runs has steps of a chain be run again by runner.
func (r *Recorder) Runs(chain string, runner Runner) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ch := r.byName[chain]; ch != nil {
		ch.runner = runner
	}
}

// Carrier returns a carrier that takes events where another does, and records the
// progress of their steps: when they ran, and what became of them.
func (r *Recorder) Carrier(c functions.Chain, to adapter.Carrier) adapter.Carrier {
	r.add(c)
	return recordedCarrier{r, to}
}

type recordedCarrier struct {
	recorder *Recorder
	to       adapter.Carrier
}

// Carry implements [adapter.Carrier].
func (c recordedCarrier) Carry(ctx context.Context, in event.Event, onProgress func(reply.Progress)) (carrier.Result, error) {
	id := functions.Attribute(in, functions.AttrCorrelationID)
	out, err := c.to.Carry(ctx, in, func(p reply.Progress) {
		c.recorder.progress(id, p)
		if onProgress != nil {
			onProgress(p)
		}
	})
	return out, err //nolint:wrapcheck // as it is
}

// function returns f with what goes in and comes out recorded.
func (r *Recorder) function(s *step, f functions.Function) functions.Function {
	return func(ctx context.Context, in event.Event) (out *event.Event, err error) {
		rec, n, start, kept := r.begin(ctx, s, &in)
		returned := false
		defer func() {
			if !returned { // a panic, or the end of the goroutine, which go on
				r.end(s, rec, n, start, kept, nil, errPanicked)
			}
		}()
		out, err = f(ctx, in)
		returned = true
		r.end(s, rec, n, start, kept, out, err)
		return out, err
	}
}

var errPanicked = errors.New("the function panicked or ended its goroutine; the log has where")

// begin records that a step begins, and returns what is kept of its input. rec is nil
// if nothing is known of the request.
func (r *Recorder) begin(ctx context.Context, s *step, in *event.Event) (rec *record, n int, start time.Time, kept *payload) {
	start = time.Now()
	id := ""
	if ec, ok := in.Context.(*event.EventContextV1); ok {
		id, _ = ec.Extensions[functions.AttrCorrelationID].(string)
	}
	r.mu.Lock()
	s.stats.running++
	rec = r.byID[id]
	if rec == nil || len(rec.runs) >= maxRuns {
		r.mu.Unlock()
		return nil, 0, start, nil
	}
	known := rec.last
	var before *payload
	if n := len(rec.runs); n > 0 {
		before = rec.runs[n-1].in
	}
	if known != nil && !same(rec.source, in.DataEncoded) {
		known = nil
	}
	r.mu.Unlock()
	switch {
	case known == nil:
		kept = r.keep(in)
	case known.is(in):
		kept = known
	default:
		kept = known.with(in, before)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rec.passOn(known, kept)
	n = len(rec.runs)
	rec.runs = append(rec.runs, run{step: s, name: s.Name, attempt: functions.Attempt(ctx), start: start, state: stateRunning, in: kept})
	rec.source = in.DataEncoded
	size := kept.memory()
	if known != nil {
		size = 0
	}
	r.settle(rec, size)
	return rec, n, start, kept
}

// end records what became of a step.
func (r *Recorder) end(s *step, rec *record, n int, start time.Time, in *payload, out *event.Event, err error) {
	now := time.Now()
	failed := err != nil && isFailure(err)
	var kept *payload
	if rec != nil && out != nil && !failed {
		kept = r.keepData(out, in)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.stats.running--
	s.stats.add(now, now.Sub(start), failed && statusOf(err) >= http.StatusInternalServerError)
	if rec == nil {
		return
	}
	run := &rec.runs[n]
	run.end, run.out = now, kept
	size := 0
	switch {
	case errors.Is(err, carrier.ErrAccepted):
		run.state = stateAccepted
	case failed:
		run.state, run.status, run.failure = stateFailed, statusOf(err), textOf(err)
	case kept == nil:
		run.state = stateDropped
	default:
		run.state = stateFinished
		rec.last, rec.source = kept, out.DataEncoded
		if kept != in {
			size = kept.memory()
		}
	}
	r.settle(rec, size)
}

// passOn puts what came out of a step, with the attributes with which it went on, in
// the place of what was known of it. The recorder's mutex is held.
func (rec *record) passOn(known, kept *payload) {
	if n := len(rec.runs); known != nil && n > 0 && rec.runs[n-1].out == known {
		rec.runs[n-1].out = kept
	}
	rec.last = kept
}

// isFailure reports whether an error of a function is one.
func isFailure(err error) bool { return !errors.Is(err, carrier.ErrAccepted) }

// settle counts a change of a request. r.mu is held.
func (r *Recorder) settle(rec *record, size int) {
	if rec.gone {
		return
	}
	r.changed(rec)
	if size > 0 {
		r.grow(rec, size)
	}
}

// statusOf is the HTTP status that an error stands for.
func statusOf(err error) int {
	if own, ok := errors.AsType[*functions.Error](err); ok {
		return own.StatusCode()
	}
	return http.StatusInternalServerError
}

// mostText is how much of the text of an error is kept.
const mostText = 2 << 10

// textOf is what the log would have of an error, bounded.
func textOf(err error) (text string) {
	defer func() {
		if recover() != nil { // the error's own method
			text = "an error that cannot be read"
		}
	}()
	text = problem.ForLog(err).Error()
	return text[:min(len(text), mostText)]
}

// progress records what another process has run. r.mu is not held.
func (r *Recorder) progress(id string, p reply.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec := r.byID[id]; rec != nil {
		r.note(rec, p)
	}
}

// note adds progress to a request. r.mu is held.
func (r *Recorder) note(rec *record, p reply.Progress) {
	var last *run
	for i := range rec.runs {
		if rec.runs[i].name == p.Step {
			last = &rec.runs[i]
		}
	}
	switch {
	case last != nil && last.end.Equal(p.Time), last != nil && p.State == "started":
		return // known by what its process has said before
	case last == nil || p.State == "started":
		if len(rec.runs) >= maxRuns {
			return
		}
		rec.runs = append(rec.runs, run{step: rec.chain.steps[p.Step], name: p.Step, attempt: p.Attempt, start: p.Time, state: stateRunning})
		last = &rec.runs[len(rec.runs)-1]
	}
	if p.State != "started" {
		last.end, last.state, last.status, last.attempt = p.Time, p.State, p.Status, cmp.Or(p.Attempt, 1)
		if s := last.step; s != nil && p.State != stateRetried {
			s.stats.add(time.Now(), p.Time.Sub(last.start), p.State == stateFailed && p.Status >= http.StatusInternalServerError)
		}
	}
	r.settle(rec, 0)
}
