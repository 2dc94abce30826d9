package template

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// reader reads properties and gathers what is invalid in them.
type reader struct {
	e    *evaluator
	errs []error
}

func (r *reader) invalid(v value, format string, args ...any) {
	r.errs = append(r.errs, r.e.invalid(v, format, args...))
}

// try calls f, and gathers the error with which that panics.
func (r *reader) try(f func()) {
	defer func() {
		switch failed := recover().(type) {
		case nil:
		case *Error:
			r.errs = append(r.errs, failed)
		default:
			panic(failed)
		}
	}()
	f()
}

// attempt returns what f returns for v, or the zero value if it panics.
func attempt[V, T any](r *reader, f func(V) T, v V) (result T) {
	r.try(func() { result = f(v) })
	return result
}

// read returns what parse makes of the text of a field, or otherwise if it is
// not there or invalid.
func read[T any](r *reader, v value, name string, otherwise T, parse func(text string) (T, error)) T {
	child := r.get(v, name)
	if !child.there() {
		return otherwise
	}
	result := otherwise
	r.try(func() {
		parsed, err := parse(r.e.text(child))
		if err != nil {
			panic(r.e.invalid(child, "%w", err))
		}
		result = parsed
	})
	return result
}

// get resolves a field.
func (r *reader) get(v value, name string) value { return attempt(r, r.e.shallow, v.raw(name)) }

func (r *reader) texts(v value, name string) []string { return attempt(r, r.e.texts, v.raw(name)) }

func (r *reader) list(v value, name string) []value { return attempt(r, r.e.list, v.raw(name)) }

// object resolves a field that must be a mapping.
func (r *reader) object(v value, name string) value {
	child := r.get(v, name)
	if child.there() && !child.is(yaml.MappingNode) {
		r.invalid(child, "must be a mapping")
		return value{path: child.path}
	}
	return child
}

func (r *reader) text(v value, name, otherwise string) string {
	return read(r, v, name, otherwise, func(text string) (string, error) { return text, nil })
}

func (r *reader) boolean(v value, name string, otherwise bool) bool {
	return read(r, v, name, otherwise, func(text string) (bool, error) {
		b, err := strconv.ParseBool(text)
		if err != nil {
			err = fmt.Errorf("%s is neither true nor false", r.e.shown(text))
		}
		return b, err
	})
}

// number reads an integer from least to most.
func (r *reader) number(v value, name string, otherwise, least, most int) int {
	return read(r, v, name, otherwise, func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			err = fmt.Errorf("%s is not a number from %d to %d", r.e.shown(text), least, most)
		}
		return n, err
	})
}

// seconds is number of seconds.
func (r *reader) seconds(v value, name string, otherwise time.Duration, least, most int) time.Duration {
	return time.Duration(r.number(v, name, int(otherwise/time.Second), least, most)) * time.Second
}

func (r *reader) float(v value, name string) float64 {
	return read(r, v, name, 0, func(text string) (float64, error) {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n < 0 || n > 1e9 {
			err = fmt.Errorf("%s is not a number from 0 on", r.e.shown(text))
		}
		return n, err
	})
}

// choice reads one of some words.
func (r *reader) choice(v value, name, otherwise string, words ...string) string {
	return read(r, v, name, otherwise, func(text string) (string, error) {
		if !slices.Contains(words, text) {
			return "", fmt.Errorf("%s cannot be run on this machine: only %s", r.e.shown(text), strings.Join(words, ", "))
		}
		return text, nil
	})
}

// only checks that v has no properties but those that are read and those that
// are skipped. missed are skipped and listed in [Stack.Ignored].
func (r *reader) only(v value, read, skipped, missed string) {
	in := func(list, name string) bool { return slices.Contains(strings.Fields(list), name) }
	for _, f := range v.fields() {
		switch {
		case in(read, f.name) || in(skipped, f.name):
		case in(missed, f.name):
			if !r.get(v, f.name).there() {
				continue
			}
			r.e.ignored = append(r.e.ignored, f.path)
		default:
			r.invalid(f.value, "the property cannot be run on this machine; leave it out here by !If on a parameter")
		}
	}
}

// withGlobals returns the properties of a resource with those of a section of
// Globals under them, by SAM's rules: mappings are merged, lists put together
// with the global part first, and of anything else the resource's own counts.
// An intrinsic function is a plain value here.
func (e *evaluator) withGlobals(section string, v value) value {
	globals := e.root.raw("Globals").raw(section)
	if !globals.is(yaml.MappingNode) {
		return v
	}
	return value{merged(globals, v), v.path}
}

func merged(global, local value) *yaml.Node {
	_, _, globalCall := intrinsic(global)
	_, _, localCall := intrinsic(local)
	if !local.there() {
		return global.node
	}
	if globalCall || localCall || global.node.Kind != local.node.Kind || global.is(yaml.ScalarNode) {
		return local.node
	}
	both := *local.node
	if global.is(yaml.SequenceNode) {
		both.Content = slices.Concat(global.node.Content, local.node.Content)
		return &both
	}
	both.Content = nil
	for entry := range slices.Chunk(global.node.Content, pair) {
		key := entry[0]
		both.Content = append(both.Content, key, merged(value{node: entry[1]}, local.raw(key.Value)))
	}
	for entry := range slices.Chunk(local.node.Content, pair) {
		if !global.raw(entry[0].Value).there() {
			both.Content = append(both.Content, entry...)
		}
	}
	return &both
}
