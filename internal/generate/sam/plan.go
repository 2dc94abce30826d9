package sam

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/needs"
)

const (
	// indexName is that of the index of arrivals.
	indexName = "arrivals"
	// minToken is the least length of a secret that lets a caller in.
	minToken = 16
	// failureID is the function that takes what others could not do.
	failureID = "Failure"
)

// plan is what the texts of the template are filled in with.
type plan struct {
	ChainNames, Routes string
	Functions          []function
	Alarms             []alarm
	Capacities         []capacity
	Hold               time.Duration // of a call to the API
	Attached           attached
	Shapes             shapes
	Redis              bool // has the replies, and no table does
	Settings           []setting
}

// MinToken is the least length of a caller's secret.
func (*plan) MinToken() int { return minToken }

// Tenant is whose token the stack makes.
func (*plan) Tenant() string { return tenant }

// UsualQuota is the default of the parameter AccountConcurrency.
func (*plan) UsualQuota() int { return usualQuota }

// Index is the name of the index of arrivals.
func (*plan) Index() string { return indexName }

func newPlan(chains []functions.Chain, which shapes, redis bool) (*plan, error) {
	if len(chains) == 0 {
		return nil, errors.New("there are no chains to deploy")
	}
	p := &plan{Shapes: which, Redis: redis}
	var chainNames, routes []string
	for _, c := range chains {
		if err := c.Validate(); err != nil {
			return nil, err
		}
		if err := safe(c); err != nil {
			return nil, err
		}
		chainNames = append(chainNames, c.Name)
		routes = append(routes, c.Method+" "+c.Path)
	}
	p.ChainNames, p.Routes = strings.Join(chainNames, ", "), strings.Join(routes, ", ")
	limits, err := newBudget(chains)
	if err != nil {
		return nil, err
	}
	d := &deployment{shapes: which, redis: redis, chains: chains, limits: limits, names: fixedNames()}
	if p.Settings, err = settings(needs.OfAll(chains), d.names); err != nil {
		return nil, err
	}
	if p.Functions, err = d.functions(); err != nil {
		return nil, err
	}
	first, _, err := names{}.function(chains[0].Name, needs.NameOf(needs.Processes(chains[0].Steps)[0]))
	if err != nil {
		return nil, err
	}
	p.Attached = d.attachedTo(chains[0], first)
	p.Alarms = d.alarms(p.Functions)
	p.Hold = limits.hold()
	p.Capacities = capacities(p.Hold)
	return p, nil
}

// deployment is what all functions are made of.
type deployment struct {
	shapes

	redis  bool
	chains []functions.Chain
	limits budget
	names  names
	groups []watched // the steps of the chains
}

// alarms are those of every function, and of what they share.
func (d *deployment) alarms(all []function) []alarm {
	var out []alarm
	for _, f := range all {
		if !f.isStep {
			out = append(out, f.alone().alarms()...)
		}
	}
	for _, w := range d.groups {
		out = append(out, w.alarms()...)
	}
	return append(out, slices.DeleteFunc(sharedAlarms(), func(a alarm) bool {
		return d.redis && strings.HasPrefix(a.ID, "Replies") // of the table
	})...)
}

// functions in the order in which a call meets them.
func (d *deployment) functions() ([]function, error) {
	var all []functions.Step
	for _, c := range d.chains {
		all = append(all, c.Steps...)
	}
	remote, err := foreign(all)
	if err != nil {
		return nil, err
	}
	for _, own := range []string{"adapter", "streaming", "vertex", "failure"} {
		if _, _, err := d.names.function(own); err != nil {
			return nil, err
		}
	}
	var steps []step
	if d.has(Split) {
		if steps, err = d.steps(); err != nil {
			return nil, err
		}
	}
	out := []function{d.adapter(steps, remote), d.streaming(steps, remote)}
	if d.has(Vertex) {
		out = append(out, d.vertex(remote))
	}
	for _, s := range steps {
		out = append(out, s.function)
	}
	return append(out, d.failure()), nil
}

// yamlSeconds is a time limit in the template.
func yamlSeconds(d time.Duration) string { return strconv.Itoa(seconds(d)) }
