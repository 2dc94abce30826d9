package template

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// evaluator resolves the values of one template.
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

// wrong is an error at the place of v.
func (e *evaluator) wrong(v value, format string, args ...any) error {
	return &Error{File: e.file, Line: v.line(), Property: v.path, Err: fmt.Errorf(format, args...)}
}

// shallow resolves v until it is a scalar, a sequence or a mapping, whose parts
// may still be intrinsics. It is not there if v is not, or is AWS::NoValue.
func (e *evaluator) shallow(v value) (value, error) {
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > maxDepth {
		return value{}, e.wrong(v, "intrinsic functions are nested too deep")
	}
	name, arg, ok := intrinsic(v)
	if !ok {
		return v, nil
	}
	call, ok := e.functions()[name]
	if !ok {
		return value{}, e.wrong(v, "the intrinsic function %s cannot be resolved on this machine", name)
	}
	result, err := call(arg)
	if err != nil {
		return value{}, err
	}
	result.path = v.path
	return result, nil
}

func (e *evaluator) functions() map[string]func(value) (value, error) {
	return map[string]func(value) (value, error){
		"Ref":       e.ref,
		"GetAtt":    e.getAtt,
		"Sub":       e.sub,
		"If":        e.chosen,
		"Join":      e.join,
		"Select":    e.selected,
		"Split":     e.split,
		"FindInMap": e.findInMap,
		"Base64":    e.base64,
		"And":       e.decision,
		"Or":        e.decision,
		"Not":       e.decision,
		"Equals":    e.decision,
	}
}

// text resolves v to a text; "" if it is not there.
func (e *evaluator) text(v value) (string, error) {
	v, err := e.shallow(v)
	switch {
	case err != nil:
		return "", err
	case !v.there():
		return "", nil
	case v.node.Kind != yaml.ScalarNode:
		return "", e.wrong(v, "must be a single value")
	case v.node.Tag == "!!null":
		return "", e.wrong(v, "has no value")
	}
	return v.node.Value, nil
}

// list resolves v to a sequence, and each of its items; items that are
// AWS::NoValue are left out.
func (e *evaluator) list(v value) ([]value, error) {
	v, err := e.shallow(v)
	if err != nil || !v.there() {
		return nil, err
	}
	if v.node.Kind != yaml.SequenceNode {
		return nil, e.wrong(v, "must be a list")
	}
	var found []value
	for _, item := range v.items() {
		item, err := e.shallow(item)
		if err != nil {
			return nil, err
		}
		if item.there() {
			found = append(found, item)
		}
	}
	return found, nil
}

// texts is list of texts.
func (e *evaluator) texts(v value) ([]string, error) {
	items, err := e.list(v)
	if err != nil {
		return nil, err
	}
	found := make([]string, 0, len(items))
	for _, item := range items {
		s, err := e.text(item)
		if err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, nil
}

// errArguments is what a call of an intrinsic function with other arguments
// than it takes fails with.
var errArguments = errors.New("does not have the arguments that it takes")

// arguments gives the items of an intrinsic's list, as they are written, if
// there are as many as it takes.
func (e *evaluator) arguments(function string, arg value, least, most int) ([]value, error) {
	items := arg.items()
	if !arg.is(yaml.SequenceNode) || len(items) < least || len(items) > most {
		return nil, e.wrong(arg, "%s %w", function, errArguments)
	}
	return items, nil
}
