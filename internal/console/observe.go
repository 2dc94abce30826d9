package console

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

var _ adapter.Observer = (*Recorder)(nil)

// newRecord returns the record of a call. r.mu is held.
func (r *Recorder) newRecord(o *adapter.Observation) *record {
	rec := &record{id: o.ID, tenant: o.Tenant, kind: kindSync, chain: r.byName[o.Chain], start: o.Start, deadline: o.Deadline}
	switch {
	case rec.chain == nil:
		return nil
	case o.Async:
		rec.kind = kindAsync
	case o.Keyed:
		rec.kind = kindKeyed
	}
	rec.runs = make([]run, 0, len(rec.chain.Steps))
	return rec
}

// Began implements [adapter.Observer].
func (r *Recorder) Began(o adapter.Observation) {
	in := r.keep(o.Event)
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.newRecord(&o)
	if rec == nil {
		return
	}
	rec.chain.stats.running++
	rec.in, rec.last, rec.source = in, in, o.Event.DataEncoded
	r.start(rec)
	r.settle(rec, in.memory())
}

// Answered implements [adapter.Observer].
func (r *Recorder) Answered(o adapter.Observation) {
	now := time.Now()
	r.mu.Lock()
	rec := r.byID[o.ID]
	var known, before *payload
	if rec != nil && len(rec.runs) > 0 {
		before = rec.runs[len(rec.runs)-1].in
	}
	if rec != nil && o.Event != nil && rec.last != nil && same(rec.source, o.Event.DataEncoded) {
		known = rec.last
	}
	r.mu.Unlock()
	var out *payload
	switch {
	case known != nil && known.is(o.Event):
		out = known
	case known != nil:
		out = known.with(o.Event, before)
	case o.Failure != nil:
		out = problemPayload(o.Failure)
	case o.Event != nil:
		out = r.keep(o.Event)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec == nil {
		if rec = r.newRecord(&o); rec == nil {
			return
		}
		r.start(rec)
	} else if rec.answered.IsZero() && !rec.gone { // which was counted when it was forgotten
		rec.chain.stats.running--
	}
	if known != nil {
		rec.passOn(known, out)
	}
	rec.answered, rec.status = now, o.Status
	rec.chain.stats.add(now, now.Sub(rec.start), o.Status >= http.StatusInternalServerError)
	if p := o.Failure; p != nil {
		rec.failure, rec.failedStep = failureText(&p.Problem, p.StatusCode()), p.Step
	}
	size := 0
	if out != nil {
		rec.out = out
		if known == nil {
			size = out.memory()
		}
	}
	later := o.Status == http.StatusAccepted || o.Status == http.StatusGatewayTimeout // or its reply may come
	if !later || !rec.ended.IsZero() {
		rec.ended, rec.source = now, nil
	}
	r.settle(rec, size)
}

// Ended implements [adapter.Observer].
func (r *Recorder) Ended(rep reply.Reply) {
	id := rep.ID.String()
	r.mu.Lock()
	rec := r.byID[id]
	seen := rec == nil || !rec.ended.IsZero()
	r.mu.Unlock()
	if seen {
		return
	}
	out := r.keep(&rep.Event)
	status, _ := functions.Status(rep.Event)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range rep.Progress {
		if rec.chain.runner == nil {
			r.note(rec, p)
		}
	}
	rec.ended, rec.source, rec.out = time.Now(), nil, out
	if rec.status != http.StatusGatewayTimeout {
		rec.status = status
	}
	if rep.Event.DataContentType() == functions.ProblemContentType {
		var p functions.Problem
		if json.Unmarshal(rep.Event.DataEncoded, &p) == nil {
			rec.failure, rec.failedStep = failureText(&p, status), p.Step
		}
	}
	r.settle(rec, out.memory())
}

func failureText(p *functions.Problem, status int) string {
	text := p.Title
	if text == "" {
		text = http.StatusText(status)
	}
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	return text[:min(len(text), mostText)]
}

// problemPayload is the document of a failure.
func problemPayload(p *functions.Error) *payload {
	text := problem.Document(p)
	return &payload{contentType: functions.ProblemContentType, size: len(text), data: text}
}
