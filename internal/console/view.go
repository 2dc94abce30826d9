package console

import (
	"cmp"
	"time"

	"github.com/homing-dev/homing/functions"
)

// The JSON of the API. Times are in milliseconds since the start of a request.

// Summary is a request as lists show it.
type Summary struct {
	ID     string    `json:"id"`
	Chain  string    `json:"chain"`
	Tenant string    `json:"tenant,omitempty"`
	Kind   string    `json:"kind"`
	Of     string    `json:"of,omitempty"`
	Start  time.Time `json:"start"`
	// State is "running", "pending" behind an answer without the reply, or "done".
	State    string  `json:"state"`
	Status   int     `json:"status,omitempty"`
	Duration float64 `json:"duration"` // of the answer, or until now
	Failure  string  `json:"failure,omitempty"`
	Step     string  `json:"step,omitempty"` // that failed, or runs
	Attempts int     `json:"attempts"`       // beyond the first of each step
	Method   string  `json:"method,omitempty"`
	Path     string  `json:"path,omitempty"`
	Change   uint64  `json:"change"`
}

// summary returns what lists show. The recorder's mutex is held.
func (rec *record) summary() Summary {
	s := Summary{
		ID: rec.id, Chain: rec.chain.Name, Tenant: rec.tenant, Kind: rec.kind, Of: rec.of, Start: rec.start, State: "done",
		Status: rec.status, Failure: rec.failure, Step: rec.failedStep, Change: rec.change,
	}
	now := time.Now()
	end := cmp.Or(rec.answered, now)
	switch {
	case rec.answered.IsZero():
		s.State = stateRunning
	case rec.ended.IsZero() && now.Before(rec.deadline):
		s.State = "pending"
	case rec.status == 202 && !rec.ended.IsZero(), rec.kind == kindAsync && !rec.ended.IsZero(): //nolint:mnd // accepted
		end = rec.ended
	}
	s.Duration = milliseconds(end.Sub(rec.start))
	for _, x := range rec.runs {
		if x.attempt > 1 {
			s.Attempts++
		}
		if s.State != "done" && x.end.IsZero() {
			s.Step = x.name
		}
	}
	if rec.in != nil {
		for _, a := range rec.in.attrs {
			switch text, _ := a.value.(string); a.name {
			case functions.AttrHTTPMethod:
				s.Method = text
			case functions.AttrHTTPPath:
				s.Path = text
			}
		}
	}
	return s
}

// Detail is a request with its steps.
type Detail struct {
	Summary

	Deadline float64 `json:"deadline,omitempty"`
	Answered float64 `json:"answered,omitempty"`
	Ended    float64 `json:"ended,omitempty"`
	// In, Out and those of the steps are indexes of Payloads; -1 means none.
	In       int       `json:"in"`
	Out      int       `json:"out"`
	Steps    []Attempt `json:"steps"`
	Payloads []Body    `json:"payloads"`
	// Missing are the steps that have not run.
	Missing []string `json:"missing"`
	// Replayable means that steps can be run again in this process.
	Replayable bool `json:"replayable"`
}

// Attempt is one attempt of a step.
type Attempt struct {
	Step    string  `json:"step"`
	Index   int     `json:"index"`
	Attempt int     `json:"attempt"`
	Remote  bool    `json:"remote"`
	State   string  `json:"state"`
	Start   float64 `json:"start"`
	End     float64 `json:"end"`
	Status  int     `json:"status,omitempty"`
	Failure string  `json:"failure,omitempty"`
	In      int     `json:"in"`
	Out     int     `json:"out"`
}

// Body is what is kept of an event.
type Body struct {
	ContentType string            `json:"contentType"`
	Kind        string            `json:"kind"`
	Size        int               `json:"size"`
	Kept        int               `json:"kept"`
	Text        string            `json:"text,omitempty"`
	Head        []byte            `json:"head,omitempty"` // the first bytes of a binary one
	Attributes  map[string]string `json:"attributes"`
}

// headBytes is how much of a binary body is shown.
const headBytes = 256

func (p *payload) view() Body {
	b := Body{ContentType: p.contentType, Kind: p.kind(), Size: p.size, Kept: len(p.data), Attributes: p.attributes()}
	switch b.Kind {
	case kindText:
		b.Text = string(p.text())
	case kindBinary:
		b.Head = p.data[:min(len(p.data), headBytes)]
	}
	return b
}

// snapshot is a request at one moment: what can be read without the recorder's mutex.
func (r *Recorder) snapshot(id string) (record, Summary, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.byID[id]
	if rec == nil {
		return record{}, Summary{}, false
	}
	own := *rec
	own.runs = append([]run(nil), rec.runs...)
	return own, rec.summary(), true
}

// detail returns all that is shown of a request, and its bodies by their indexes.
func (r *Recorder) detail(id string) (d Detail, all []*payload, ok bool) {
	rec, s, ok := r.snapshot(id)
	if !ok {
		return Detail{}, nil, false
	}
	d = Detail{
		Summary: s, Steps: []Attempt{}, Payloads: []Body{}, Missing: []string{},
		Deadline: rec.after(rec.deadline), Answered: rec.after(rec.answered), Ended: rec.after(rec.ended),
		Replayable: rec.chain.runner != nil,
	}
	index := map[*payload]int{nil: -1}
	at := func(p *payload) int {
		n, known := index[p]
		if !known {
			n = len(all)
			index[p] = n
			all = append(all, p)
			d.Payloads = append(d.Payloads, p.view())
		}
		return n
	}
	d.In = at(rec.in)
	ran := map[string]bool{}
	now := time.Now()
	for _, x := range rec.runs {
		ran[x.name] = true
		v := Attempt{
			Step: x.name, Index: -1, Attempt: max(x.attempt, 1), State: x.state, Status: x.status, Failure: x.failure,
			Start: rec.after(x.start), End: rec.after(cmp.Or(x.end, now)), In: at(x.in), Out: at(x.out),
		}
		if x.step != nil {
			v.Index, v.Remote = x.step.index, x.step.URL != ""
		}
		d.Steps = append(d.Steps, v)
	}
	d.Out = at(rec.out)
	for _, s := range rec.chain.Steps {
		if !ran[s.Name] && rec.kind != kindStep {
			d.Missing = append(d.Missing, s.Name)
		}
	}
	return d, all, true
}

// after is a time behind the start of a request, in milliseconds; 0 for none.
func (rec *record) after(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return milliseconds(t.Sub(rec.start))
}
