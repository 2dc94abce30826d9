package chainfile

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// steps reads the steps of a chain, whose names must differ.
func (r *reader) steps(d *draft) func(value) {
	return func(v value) {
		lines := map[string]int{}
		r.list(v, "steps", func(item value) {
			step, at := r.step(item)
			if timeout, ok := at["timeout"]; ok {
				d.timeouts[len(d.chain.Steps)] = timeout
			}
			d.chain.Steps = append(d.chain.Steps, step)
			if step.Name == "" {
				return
			}
			if earlier, twice := lines[step.Name]; twice {
				r.wrong(item, "a step is named %s already, at line %d; give this one another name", quote(step.Name), earlier)
				return
			}
			lines[step.Name] = item.node.Line
		})
	}
}

// step reads a mapping, or the short form: the name of a function alone.
func (r *reader) step(v value) (functions.Step, map[string]value) {
	var s functions.Step
	if v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == textTag {
		r.function(&s)(v)
		r.defaultName(&s, v)
		return s, nil
	}
	p := &s.Policy
	fields := r.mapping(v, []field{
		{name: "name", read: r.text(&s.Name, stepName)},
		{name: "function", read: r.function(&s)},
		{name: "url", read: r.text(&s.URL, stepURL)},
		{name: "timeout", read: r.duration(&p.Timeout)},
		{name: "retry", read: r.retry(&p.Retry)},
		{name: "concurrency", read: r.concurrency(&p.Concurrency)},
		{name: "breaker", read: r.breaker(&p.Breaker)},
	})
	r.where(v, &s, fields)
	return s, fields
}

// where sees to it that a step is either a function or a URL, and has a name.
func (r *reader) where(v value, s *functions.Step, fields map[string]value) {
	if fields == nil {
		return // reported already
	}
	at, isFunction := fields["function"]
	_, isURL := fields["url"]
	_, named := fields["name"]
	switch {
	case isFunction && isURL:
		r.wrong(v, "a step is either a function or a url, not both")
	case !isFunction && !isURL:
		r.wrong(v, "the field \"function\" is missing, or \"url\" for a step that runs elsewhere")
	case isURL && !named:
		r.wrong(v, "the field \"name\" is missing: a step with a url has no function to be named after")
	case isFunction && !named:
		r.defaultName(s, at)
	}
}

// stepURL is the form of the address of a step that runs elsewhere.
func stepURL(s string) (problem, meant string) {
	if name, ok := strings.CutPrefix(s, "lambda:"); ok {
		return lambdaName(name), ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.Fragment != "" {
		return "is not an absolute http or https URL without user and fragment, nor lambda:NAME", ""
	}
	return "", ""
}

// lambdaName is the form of the name or ARN of a Lambda function.
func lambdaName(s string) (problem string) {
	const longest = 170 // what the Invoke API takes
	if s == "" || len(s) > longest || strings.ContainsFunc(s, notInLambdaName) {
		return "is not lambda: and the name or ARN of a function"
	}
	return ""
}

func notInLambdaName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_:$.", r)
}

// defaultName names a step after its function, by what follows the last dot.
func (r *reader) defaultName(s *functions.Step, at value) {
	if s.Uses == "" {
		return // reported already
	}
	name := s.Uses[strings.LastIndexByte(s.Uses, '.')+1:]
	if problem, _ := stepName(name); problem != "" {
		r.wrong(at, "the step needs a name: %s %s", quote(name), problem)
		return
	}
	s.Name = name
}

// function looks up the function of a step.
func (r *reader) function(s *functions.Step) func(value) {
	return func(v value) {
		var name string
		before := len(r.errs)
		if r.text(&name)(v); len(r.errs) > before {
			return
		}
		if f := r.known[name]; f != nil && name != "" {
			s.Uses, s.Function = name, f
			return
		}
		known := make([]string, 0, len(r.known))
		for one, f := range r.known {
			if f != nil && one != "" {
				known = append(known, one)
			}
		}
		slices.Sort(known)
		r.wrongMeant(v, nearest.Word(name, known), "unknown function %s%s", quote(name), listed(known))
	}
}

// listed names the known functions when there are few enough to read.
func listed(known []string) string {
	const few = 8
	switch {
	case len(known) == 0:
		return "; no function is known here"
	case len(known) <= few:
		return "; known are " + strings.Join(known, ", ")
	default:
		return ""
	}
}
