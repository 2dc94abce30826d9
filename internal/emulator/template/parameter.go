package template

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// readParameters sets the value of every parameter. The value of a NoEcho
// parameter appears in no error.
func (e *evaluator) readParameters(given map[string]string) error {
	declared := e.root.raw("Parameters")
	r := reader{e: e}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !declared.raw(name).there() {
			r.invalid(declared, "there is no parameter %q; there are: %s", name, names(declared))
		}
	}
	for _, p := range declared.fields() {
		text, ok := given[p.name]
		r.try(func() { e.readParameter(&r, p, text, ok) })
	}
	return errors.Join(r.errs...)
}

func names(v value) string {
	fields := v.fields()
	all := make([]string, 0, len(fields))
	for _, f := range fields {
		all = append(all, f.name)
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

func (e *evaluator) readParameter(r *reader, p field, text string, given bool) {
	before := len(r.errs)
	kind := r.text(p.value, "Type", "")
	secret := r.boolean(p.value, "NoEcho", false)
	otherwise := r.text(p.value, "Default", "")
	switch {
	case len(r.errs) > before:
		return
	case kind == "":
		panic(e.invalid(p.value, "the parameter has no Type"))
	case !given && !p.raw("Default").there():
		panic(e.invalid(p.value, "the parameter has neither a value nor a default"))
	case strings.HasPrefix(kind, "AWS::SSM::Parameter::Value<") && !given:
		panic(e.invalid(p.value, "the default is the name of a parameter in SSM, which is not on this machine; give the parameter a value"))
	case !given:
		text = otherwise
	}
	e.secret[p.name] = secret
	v, parts := p.text(text), []string{text}
	if kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<") || strings.HasSuffix(kind, "<CommaDelimitedList>") {
		parts = strings.Split(text, ",")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		v = p.list(parts)
	}
	for _, part := range parts {
		e.checkParameter(p, kind, part, secret)
	}
	e.parameters[p.name] = v
}

// checkParameter holds one value against the rules of its parameter.
func (e *evaluator) checkParameter(p field, kind, text string, secret bool) {
	rule := e.broken(p, kind, text)
	if rule == "" {
		return
	}
	what := "its value"
	if !secret {
		what = strconv.Quote(text)
	}
	if why := p.raw("ConstraintDescription"); why.is(yaml.ScalarNode) {
		rule += ": " + why.node.Value
	}
	panic(e.invalid(p.value, "%s %s", what, rule))
}

// broken returns the rule that a value breaks, or "".
func (e *evaluator) broken(p field, kind, text string) string {
	if allowed := p.raw("AllowedValues"); allowed.there() {
		if values := e.texts(allowed); !slices.Contains(values, text) {
			return "is none of the allowed values " + strings.Join(values, ", ")
		}
	}
	if pattern := p.raw("AllowedPattern"); pattern.is(yaml.ScalarNode) {
		// A pattern that only Java can read is not held: RE2 has no lookaround.
		re, err := regexp.Compile(`^(?:` + pattern.node.Value + `)$`)
		if err == nil && !re.MatchString(text) {
			return "does not match the allowed pattern " + pattern.node.Value
		}
	}
	if kind == "Number" || kind == "List<Number>" {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "is not a number"
		}
		return e.outside(p, "Value", n, "is")
	}
	return e.outside(p, "Length", float64(utf8.RuneCountInString(text)), "has a length")
}

// outside returns how n is less than Min or more than Max of a rule of the
// parameter, or "".
func (e *evaluator) outside(p field, rule string, n float64, what string) string {
	for _, bound := range []struct {
		name string
		sign float64
	}{{"Min" + rule, 1}, {"Max" + rule, -1}} {
		text := e.text(p.raw(bound.name))
		if text == "" {
			continue
		}
		limit, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(e.invalid(p.raw(bound.name), "is not a number"))
		}
		if bound.sign*n < bound.sign*limit {
			return fmt.Sprintf("%s beyond %s %s", what, bound.name, text)
		}
	}
	return ""
}

// shown quotes a text for an error, unless it is the value of a NoEcho
// parameter.
func (e *evaluator) shown(text string) string {
	for name, p := range e.parameters {
		if e.secret[name] && text != "" && p.is(yaml.ScalarNode) && strings.Contains(text, p.node.Value) && p.node.Value != "" {
			return "its value"
		}
	}
	return strconv.Quote(text)
}
