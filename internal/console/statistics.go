package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
)

type chainView struct {
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Method      string     `json:"method"`
	Path        string     `json:"path"`
	Timeout     string     `json:"timeout"`
	Local       bool       `json:"local"` // its steps are run, or sent to, by this process
	Steps       []stepView `json:"steps"`
}

type stepView struct {
	Name     string   `json:"name"`
	Uses     string   `json:"uses,omitempty"`
	Remote   bool     `json:"remote"`
	Policies []string `json:"policies"`
}

// chainViews are the chains as they are declared.
func (r *Recorder) chainViews() []chainView {
	r.mu.Lock()
	defer r.mu.Unlock()
	views := []chainView{}
	for _, c := range r.chains {
		v := chainView{
			Name: c.Name, Description: c.Description, Method: c.Method, Path: c.Path, Timeout: c.Timeout.String(),
			Local: c.runner != nil, Steps: []stepView{},
		}
		for _, s := range c.Steps {
			v.Steps = append(v.Steps, stepView{s.Name, s.Uses, s.URL != "" || s.Run != "", policies(s.Policy)})
		}
		views = append(views, v)
	}
	return views
}

// policies are in words how a step is run.
func policies(p functions.Policy) []string {
	all := []string{}
	if p.Timeout > 0 {
		all = append(all, "timeout "+p.Timeout.String())
	}
	if p.Retry.Attempts > 1 {
		all = append(all, fmt.Sprintf("%d attempts", p.Retry.Attempts))
	}
	if p.Concurrency.Max > 0 {
		all = append(all, strings.TrimSpace(fmt.Sprintf("at most %d at once", p.Concurrency.Max)))
	}
	if p.Breaker.Failures > 0 {
		all = append(all, fmt.Sprintf("breaker at %d failures", p.Breaker.Failures))
	}
	return all
}

// StepState is how the policies of a step stand.
type StepState struct {
	// Breaker is "closed", "open" or "half-open"; "" if there is none.
	Breaker string `json:"breaker,omitempty"`
	// Limit is how many may run at once now; 0 means that there is no limit.
	Limit int `json:"limit,omitempty"`
}

// ChainStats are the figures of a chain.
type ChainStats struct {
	Name string `json:"name"`
	Figures

	Steps []StepStats `json:"steps"`
}

// StepStats are the figures of a step.
type StepStats struct {
	Name string `json:"name"`
	Figures
	StepState
}

// Stats are the figures of a process.
type Stats struct {
	Chains []ChainStats `json:"chains"`
	// Requests and Bytes are what is kept.
	Requests int `json:"requests"`
	Bytes    int `json:"bytes"`
}

// statistics returns the figures of now.
func (r *Recorder) statistics() Stats {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Stats{Chains: []ChainStats{}, Requests: len(r.ring), Bytes: r.bytes}
	for _, c := range r.chains {
		cs := ChainStats{Name: c.Name, Figures: c.stats.figures(now), Steps: []StepStats{}}
		stands, _ := c.runner.(interface {
			State(step int) (breaker string, limit int)
		})
		for i, st := range c.Steps {
			view := StepStats{Name: st.Name, Figures: c.steps[st.Name].stats.figures(now)}
			if stands != nil {
				view.Breaker, view.Limit = stands.State(i)
			}
			cs.Steps = append(cs.Steps, view)
		}
		s.Chains = append(s.Chains, cs)
	}
	return s
}
