package template

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// reader reads properties and gathers what is wrong with them.
type reader struct {
	e    *evaluator
	errs []error
}

func (r *reader) fail(err error) {
	if err != nil {
		r.errs = append(r.errs, err)
	}
}

func (r *reader) wrong(v value, format string, args ...any) { r.fail(r.e.wrong(v, format, args...)) }

// get resolves a field.
func (r *reader) get(v value, name string) value {
	found, err := r.e.shallow(v.raw(name))
	r.fail(err)
	return found
}

func (r *reader) text(v value, name, otherwise string) string {
	child := r.get(v, name)
	if !child.there() {
		return otherwise
	}
	text, err := r.e.text(child)
	r.fail(err)
	return text
}

func (r *reader) texts(v value, name string) []string {
	texts, err := r.e.texts(v.raw(name))
	r.fail(err)
	return texts
}

func (r *reader) list(v value, name string) []value {
	items, err := r.e.list(v.raw(name))
	r.fail(err)
	return items
}

// object resolves a field that must be a mapping.
func (r *reader) object(v value, name string) value {
	child := r.get(v, name)
	if child.there() && !child.is(yaml.MappingNode) {
		r.wrong(child, "must be a mapping")
		return value{path: child.path}
	}
	return child
}

func (r *reader) boolean(v value, name string, otherwise bool) bool {
	child := r.get(v, name)
	if !child.there() {
		return otherwise
	}
	text, err := r.e.text(child)
	r.fail(err)
	b, ok := boolean(text)
	if err == nil && !ok {
		r.wrong(child, "%s is neither true nor false", r.e.shown(text))
	}
	return b
}

// number reads an integer from least to most.
func (r *reader) number(v value, name string, otherwise, least, most int) int {
	child := r.get(v, name)
	if !child.there() {
		return otherwise
	}
	text, err := r.e.text(child)
	if err != nil {
		r.fail(err)
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		r.wrong(child, "%s is not a number from %d to %d", r.e.shown(text), least, most)
		return otherwise
	}
	return n
}

// seconds is number of seconds.
func (r *reader) seconds(v value, name string, otherwise time.Duration, least, most int) time.Duration {
	return time.Duration(r.number(v, name, int(otherwise/time.Second), least, most)) * time.Second
}

func (r *reader) float(v value, name string) float64 {
	text := r.text(v, name, "0")
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || n > 1e9 {
		r.wrong(v.raw(name), "%s is not a number from 0 on", r.e.shown(text))
		return 0
	}
	return n
}

// choice reads one of some words.
func (r *reader) choice(v value, name, otherwise string, words ...string) string {
	text := r.text(v, name, otherwise)
	if !slices.Contains(words, text) && v.raw(name).there() {
		r.wrong(v.raw(name), "%s cannot be run on this machine: only %s", r.e.shown(text), strings.Join(words, ", "))
		return otherwise
	}
	return text
}

// only checks that v has no properties but those that are read and those that
// are skipped. missed are skipped with a word about it.
func (r *reader) only(v value, read, skipped, missed string) {
	in := func(list, name string) bool { return slices.Contains(strings.Fields(list), name) }
	for _, f := range v.fields() {
		switch {
		case in(read, f.name) || in(skipped, f.name):
		case in(missed, f.name):
			r.e.ignored = append(r.e.ignored, f.path)
		default:
			r.wrong(f.value, "the property cannot be run on this machine")
		}
	}
}
