package chainfile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions"
)

// Defaults of [functions.Retry], which the written half of delay and maxDelay
// has to fit.
const (
	defaultDelay    = 50 * time.Millisecond
	defaultMaxDelay = 2 * time.Second
)

// noJitter stands for a jitter of 0, since [functions.Retry] takes 0 for its
// default: it varies a pause of an hour by less than 4 µs.
const noJitter = 1e-9

// lines holds the line at which each name stands first.
type lines map[string]int

// earlier returns the line at which name stands already, or 0 if at is its
// first place.
func (l lines) earlier(name string, at value) int {
	line, twice := l[name]
	if !twice {
		l[name] = at.node.Line
	}
	return line
}

// check finds what is invalid about several fields together, and fills in what
// one field means for another.
func (r *reader) check(chains []functions.Chain) {
	names := lines{}
	for i := range chains {
		path, c := fmt.Sprintf("chains[%d]", i), &chains[i]
		c.Method, c.Path, _ = strings.Cut(c.Method, " ")
		if at, ok := r.at("%s.name", path); ok && c.Name != "" {
			if line := names.earlier(c.Name, at); line > 0 {
				r.invalid(at, "a chain is named %s already, at line %d", quote(c.Name), line)
			}
		}
		r.checkHeaders(path, c.Headers)
		r.checkQuery(path, c.Query)
		if at, ok := r.at("%s.cors.credentials", path); ok && c.CORS.Credentials && slices.Contains(c.CORS.Origins, functions.AnyOrigin) {
			r.invalid(at, "%s", c.CORS.Validate())
		}
		if at, ok := r.at("%s.rate.per", path); ok {
			r.checkPer(at, c.Rate.Per)
		}
		r.checkSteps(path, c.Steps)
		r.checkTimeouts(path, *c)
		r.resolve(path, c)
	}
	r.uniqueDefaults(chains)
	r.checkURLs(chains)
	r.uniqueTypes(chains)
	r.uniqueRoutes(chains)
}

// checkHeaders finds headers that share an attribute, in which they would
// overwrite each other on the event.
func (r *reader) checkHeaders(path string, headers []string) {
	attrs := map[string]string{}
	for i, name := range headers {
		attr := functions.HeaderAttr(name)
		earlier, taken := attrs[attr]
		if name != "" && taken && earlier != name {
			at, _ := r.at("%s.headers[%d]", path, i)
			r.invalid(at, "%s and %s would share the event's attribute %s", quote(name), quote(earlier), attr)
			continue
		}
		attrs[attr] = name
	}
}

func (r *reader) checkQuery(path string, params []functions.Param) {
	names := lines{}
	for i := range params {
		p := &params[i]
		if p.Type == "" {
			p.Type = "string"
		}
		at, ok := r.at("%s.query[%d].name", path, i)
		if !ok || p.Name == "" {
			continue // reported already
		}
		if line := names.earlier(p.Name, at); line > 0 {
			r.invalid(at, "the parameter %s is there already, at line %d", quote(p.Name), line)
		}
	}
}

// checkSteps finds steps that have no name of their own.
func (r *reader) checkSteps(chain string, steps []functions.Step) {
	names := lines{}
	for i := range steps {
		v, _ := r.at("%s.steps[%d]", chain, i)
		s := &steps[i]
		r.checkStep(v, s)
		r.checkRemote(v, *s)
		checkPermissions(s.Permissions)
		r.checkRetry(v.path, &s.Policy.Retry)
		if b := s.Policy.Breaker; b.Of > 0 && b.Failures > b.Of {
			at, _ := r.at("%s.breaker.failures", v.path)
			r.invalid(at, "%d failures cannot be among the last %d calls", b.Failures, b.Of)
		}
		if s.Name == "" {
			continue // reported already
		}
		if line := names.earlier(s.Name, v); line > 0 {
			r.invalid(v, "a step is named %s already, at line %d; give this one another name", quote(s.Name), line)
		}
	}
}

// checkStep finds what is not either a function or remote. A function without a
// name is named by what follows its last dot.
func (r *reader) checkStep(v value, s *functions.Step) {
	s.Function = r.known[s.Uses]
	function, isFunction := r.at("%s.function", v.path)
	_, isURL := r.at("%s.url", v.path)
	_, isRun := r.at("%s.run", v.path)
	_, named := r.at("%s.name", v.path)
	if v.node.Kind == yaml.ScalarNode {
		function, isFunction = v, true // the short form
	}
	switch {
	case s.Uses == "" && (v.node.Kind != yaml.MappingNode || v.node.Style&yaml.TaggedStyle != 0):
		// Reported already, as what is no step at all.
	case isFunction && isURL:
		r.invalid(v, "a step is either a function or a url, not both")
	case isFunction && isRun:
		r.invalid(v, "run starts a remote step, and this one is a function")
	case !isFunction && !isURL && !isRun:
		r.invalid(v, "the field \"function\" is missing, or \"url\" for a remote step")
	case !isFunction && !named:
		r.invalid(v, "the field \"name\" is missing: a step with a url has no function to be named after")
	case isFunction && !named && s.Uses != "":
		s.Name = s.Uses[strings.LastIndexByte(s.Uses, '.')+1:]
		if problem, _ := stepName(s.Name); problem != "" {
			r.invalid(function, "the step needs a name: %s", problem)
		}
	}
}

func (r *reader) checkRetry(step string, p *functions.Retry) {
	if _, written := r.at("%s.retry.jitter", step); written && p.Jitter == 0 {
		p.Jitter = noJitter
	}
	delay, delayWritten := r.at("%s.retry.delay", step)
	maxDelay, maxWritten := r.at("%s.retry.maxDelay", step)
	switch {
	case delayWritten && p.Delay == 0, maxWritten && p.MaxDelay == 0:
		// Reported already.
	case delayWritten && maxWritten && p.Delay > p.MaxDelay:
		r.invalid(delay, "%s is longer than maxDelay, %s", p.Delay, p.MaxDelay)
	case delayWritten && !maxWritten && p.Delay > defaultMaxDelay:
		r.invalid(delay, "%s is longer than the default maxDelay, %s; write a maxDelay", p.Delay, defaultMaxDelay)
	case maxWritten && !delayWritten && p.MaxDelay < defaultDelay:
		r.invalid(maxDelay, "%s is shorter than the default delay, %s; write a delay", p.MaxDelay, defaultDelay)
	}
}

// checkTimeouts finds the steps that could never use their whole timeout. An
// asyncTimeout counts only when the file has one: its default is so long that
// no mistake would ever show.
func (r *reader) checkTimeouts(path string, c functions.Chain) {
	_, timeoutWritten := r.at("%s.timeout", path)
	_, asyncWritten := r.at("%s.asyncTimeout", path)
	if timeoutWritten && c.Timeout == 0 || asyncWritten && c.AsyncTimeout == 0 {
		return // the limit itself is invalid, and reported
	}
	limit, name := c.WithDefaults().Timeout, "timeout"
	switch {
	case c.AsyncTimeout > limit:
		limit, name = c.AsyncTimeout, "asyncTimeout"
	case !timeoutWritten:
		name = "default timeout"
	}
	for i, step := range c.Steps {
		if at, ok := r.at("%s.steps[%d].timeout", path, i); ok && step.Policy.Timeout > limit {
			r.invalid(at, "%s is longer than the chain's %s, %s", step.Policy.Timeout, name, limit)
		}
	}
}

// uniqueTypes finds chains of one CloudEvents type, be it written or the
// default.
func (r *reader) uniqueTypes(chains []functions.Chain) {
	owners, places := map[string]string{}, lines{}
	for i, c := range chains {
		at, written := r.at("chains[%d].type", i)
		if written && c.Type == "" || !written && c.Name == "" {
			continue // reported already
		}
		if !written {
			at, _ = r.at("chains[%d].name", i)
		}
		eventType := c.WithDefaults().Type
		line := places.earlier(eventType, at)
		switch owner := owners[eventType]; {
		case line == 0:
			owners[eventType] = c.Name
		case written || owner != c.Name: // otherwise the doubled name is what is invalid
			r.invalid(at, "the type %s belongs to the chain %s already, at line %d", quote(eventType), quote(owner), line)
		}
	}
}

// checkPer finds a time that callers cannot be told of in whole seconds.
func (r *reader) checkPer(at value, per time.Duration) {
	if per%time.Second != 0 {
		r.invalid(at, "%s is not a whole number of seconds, in which callers are told of it", per)
		r.suggest(max(per.Round(time.Second), time.Second).String())
	}
}
