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

// readParameters gives every parameter its value. What a NoEcho parameter is
// set to appears in no error.
func (e *evaluator) readParameters(given map[string]string) error {
	declared := e.root.raw("Parameters")
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !declared.raw(name).there() {
			errs = append(errs, e.wrong(declared, "there is no parameter %q; there are: %s", name, names(declared)))
		}
	}
	for _, p := range declared.fields() {
		text, ok := given[p.name]
		if err := e.readParameter(p, text, ok); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
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

func (e *evaluator) readParameter(p field, text string, given bool) error {
	r := reader{e: e}
	kind := r.text(p.value, "Type", "")
	secret := r.boolean(p.value, "NoEcho", false)
	byDefault := p.raw("Default")
	otherwise := r.text(p.value, "Default", "")
	switch {
	case len(r.errs) > 0:
		return errors.Join(r.errs...)
	case kind == "":
		return e.wrong(p.value, "the parameter has no Type")
	case !given && !byDefault.there():
		return e.wrong(p.value, "the parameter has neither a value nor a default")
	case strings.HasPrefix(kind, "AWS::SSM::Parameter::Value<") && !given:
		return e.wrong(p.value, "the default is the name of a parameter in SSM, which is not on this machine; give the parameter a value")
	case !given:
		text = otherwise
	}
	e.secret[p.name] = secret
	v := p.text(text)
	var parts []string
	if kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<") || strings.HasSuffix(kind, "<CommaDelimitedList>") {
		for part := range strings.SplitSeq(text, ",") {
			parts = append(parts, strings.TrimSpace(part))
		}
		v = p.list(parts)
	} else {
		parts = []string{text}
	}
	for _, part := range parts {
		if err := e.checkParameter(p, kind, part, secret); err != nil {
			return err
		}
	}
	e.parameters[p.name] = v
	return nil
}

// checkParameter holds one value against the rules of its parameter.
func (e *evaluator) checkParameter(p field, kind, text string, secret bool) error {
	rule, err := e.broken(p, kind, text)
	if err != nil || rule == "" {
		return err
	}
	what := "its value"
	if !secret {
		what = strconv.Quote(text)
	}
	if why := p.raw("ConstraintDescription"); why.is(yaml.ScalarNode) {
		rule += ": " + why.node.Value
	}
	return e.wrong(p.value, "%s %s", what, rule)
}

// broken says which rule a value breaks, or "".
func (e *evaluator) broken(p field, kind, text string) (string, error) {
	if allowed := p.raw("AllowedValues"); allowed.there() {
		values, err := e.texts(allowed)
		if err != nil {
			return "", err
		}
		if !slices.Contains(values, text) {
			return "is none of the allowed values " + strings.Join(values, ", "), nil
		}
	}
	if pattern := p.raw("AllowedPattern"); pattern.is(yaml.ScalarNode) {
		// A pattern that only Java can read is not held: RE2 has no lookaround.
		re, err := regexp.Compile(`^(?:` + pattern.node.Value + `)$`)
		if err == nil && !re.MatchString(text) {
			return "does not match the allowed pattern " + pattern.node.Value, nil
		}
	}
	if kind == "Number" || kind == "List<Number>" {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "is not a number", nil //nolint:nilerr // told in words
		}
		return e.outside(p, "MinValue", "MaxValue", n, "is")
	}
	return e.outside(p, "MinLength", "MaxLength", float64(utf8.RuneCountInString(text)), "has a length")
}

// outside says whether n is less or more than the parameter allows.
func (e *evaluator) outside(p field, least, most string, n float64, what string) (string, error) {
	for _, bound := range []struct {
		name string
		sign float64
	}{{least, 1}, {most, -1}} {
		text, err := e.text(p.raw(bound.name))
		if err != nil {
			return "", err
		}
		if text == "" {
			continue
		}
		limit, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "", e.wrong(p.raw(bound.name), "is not a number")
		}
		if bound.sign*n < bound.sign*limit {
			return fmt.Sprintf("%s beyond %s %s", what, bound.name, text), nil
		}
	}
	return "", nil
}

// shown quotes a text for an error, unless it is what a NoEcho parameter is
// set to.
func (e *evaluator) shown(text string) string {
	for name, p := range e.parameters {
		if e.secret[name] && text != "" && p.is(yaml.ScalarNode) && strings.Contains(text, p.node.Value) && p.node.Value != "" {
			return "its value"
		}
	}
	return strconv.Quote(text)
}
