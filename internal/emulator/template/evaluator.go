package template

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// evaluator resolves the values of one template. What cannot be resolved is an
// [*Error] with which its methods panic, as those of text/template do; the
// methods of a [reader] recover and gather it, and no other error panics.
type evaluator struct {
	file, dir string
	root      value
	options   Options
	// parameters are the values of the Parameters, scalars or sequences.
	parameters map[string]value
	secret     map[string]bool
	// decided are the conditions that are known; deciding those at work, to
	// find circles.
	decided, deciding map[string]bool
	// naming are the resources whose name is at work, to find circles too.
	naming    map[string]bool
	resources map[string]resource
	// depth bounds intrinsics within intrinsics.
	depth int
	// ignored is for [Stack.Ignored].
	ignored []string
}

func newEvaluator(file, dir string, root value, o Options) *evaluator {
	e := &evaluator{
		file: file, dir: dir, root: root, options: o,
		parameters: map[string]value{},
		secret:     map[string]bool{},
		decided:    map[string]bool{},
		deciding:   map[string]bool{},
		naming:     map[string]bool{},
	}
	e.resources = e.readResources()
	return e
}

// invalid returns an error at the place of v.
func (e *evaluator) invalid(v value, format string, args ...any) *Error {
	return &Error{File: e.file, Line: v.line(), Property: v.path, Err: fmt.Errorf(format, args...)}
}

// enter counts a level of nesting, until the function that it returns is
// called.
func (e *evaluator) enter(v value, what string) (leave func()) {
	if e.depth >= maxDepth {
		panic(e.invalid(v, "%s are nested too deep", what))
	}
	e.depth++
	return func() { e.depth-- }
}

// shallow resolves v until it is a scalar, a sequence or a mapping, whose parts
// may still be intrinsics. It is not there if v is not, or is AWS::NoValue.
func (e *evaluator) shallow(v value) value {
	defer e.enter(v, "intrinsic functions")()
	name, arg, ok := intrinsic(v)
	if !ok {
		return v
	}
	call, ok := e.functions()[name]
	if !ok {
		panic(e.invalid(v, "the intrinsic function %s cannot be resolved on this machine; put a parameter in its place", name))
	}
	result := call(arg)
	result.path = v.path
	return result
}

// intrinsic reports whether v is a call of an intrinsic function, in the short
// form (!Sub x) or the long one (Fn::Sub: x). name is without "Fn::".
func intrinsic(v value) (name string, arg value, ok bool) {
	if !v.there() {
		return "", value{}, false
	}
	if tag := v.node.Tag; strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") && tag != "!" {
		plain := *v.node
		plain.Tag = map[yaml.Kind]string{yaml.MappingNode: "!!map", yaml.SequenceNode: "!!seq", yaml.ScalarNode: "!!str"}[plain.Kind]
		return strings.TrimPrefix(tag, "!"), value{&plain, v.path}, true
	}
	if v.node.Kind != yaml.MappingNode || len(v.node.Content) != pair {
		return "", value{}, false
	}
	key, arg := v.node.Content[0].Value, value{v.node.Content[1], v.path}
	if key == "Ref" {
		return key, arg, true
	}
	name, ok = strings.CutPrefix(key, "Fn::")
	return name, arg, ok
}

// text resolves v to a text; "" if it is not there.
func (e *evaluator) text(v value) string {
	v = e.shallow(v)
	switch {
	case !v.there():
		return ""
	case v.node.Kind != yaml.ScalarNode:
		panic(e.invalid(v, "must be a single value"))
	case v.node.Tag == "!!null":
		panic(e.invalid(v, "has no value"))
	}
	return v.node.Value
}

// list resolves v to a sequence, and each of its items; items that are
// AWS::NoValue are left out.
func (e *evaluator) list(v value) []value {
	v = e.shallow(v)
	if !v.there() {
		return nil
	}
	if v.node.Kind != yaml.SequenceNode {
		panic(e.invalid(v, "must be a list"))
	}
	var found []value
	for _, item := range v.items() {
		if item = e.shallow(item); item.there() {
			found = append(found, item)
		}
	}
	return found
}

// texts is list of texts.
func (e *evaluator) texts(v value) []string {
	items := e.list(v)
	found := make([]string, 0, len(items))
	for _, item := range items {
		found = append(found, e.text(item))
	}
	return found
}

// errArguments is what a call of an intrinsic function with other arguments
// than it takes fails with.
var errArguments = errors.New("does not have the arguments that it takes")

// arguments returns the items of an intrinsic's list, as they are written, if
// there are as many as it takes.
func (e *evaluator) arguments(function string, arg value, least, most int) []value {
	items := arg.items()
	if !arg.is(yaml.SequenceNode) || len(items) < least || len(items) > most {
		panic(e.invalid(arg, "%s %w", function, errArguments))
	}
	return items
}
