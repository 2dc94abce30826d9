package template

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"
)

// joined puts errors together, each once.
func joined(errs []error) error {
	seen := map[string]bool{}
	var once []error
	for _, err := range errs {
		if !seen[err.Error()] {
			seen[err.Error()] = true
			once = append(once, err)
		}
	}
	return errors.Join(once...)
}

// checkReferences finds names in Resources, Outputs and Conditions that stand
// for nothing, whether or not they are in a part that is run: CloudFormation
// refuses the whole template for them.
func (e *evaluator) checkReferences() error {
	var errs []error
	for _, section := range []string{"Conditions", "Resources", "Outputs", "Globals"} {
		e.walk(e.root.raw(section), func(err error) { errs = append(errs, err) })
	}
	return joined(errs)
}

func (e *evaluator) walk(v value, wrong func(error)) {
	name, arg, ok := intrinsic(v)
	if ok {
		e.checkCall(v, name, arg, wrong)
		v.node = arg.node
	}
	for _, f := range v.fields() {
		e.walk(f.value, wrong)
	}
	for _, item := range v.items() {
		e.walk(item, wrong)
	}
}

func (e *evaluator) checkCall(v value, name string, arg value, wrong func(error)) {
	unknown := func(name string) {
		if !e.knows(name) {
			wrong(e.wrong(v, "there is no parameter and no resource %q", name))
		}
	}
	switch name {
	case "Ref":
		if arg.is(yaml.ScalarNode) {
			unknown(arg.node.Value)
		}
	case "GetAtt":
		if resource, _, ok := getAtt(arg); ok {
			unknown(resource)
		}
	case "Sub":
		text, own := arg, value{}
		if items := arg.items(); len(items) == 2 { //nolint:mnd // text and map
			text, own = items[0], items[1]
		}
		if !text.is(yaml.ScalarNode) {
			return
		}
		for _, p := range pieces(text.node.Value) {
			if resource, _, _ := strings.Cut(p.text, "."); p.name && !own.raw(p.text).there() {
				unknown(resource)
			}
		}
	}
}

// knows says whether a name stands for something. SAM makes more resources
// than are known here; their names begin with that of their function or API.
func (e *evaluator) knows(name string) bool {
	if _, ok := e.pseudo(name); ok || name == noValue || e.root.raw("Parameters").raw(name).there() {
		return true
	}
	if _, ok := e.resources[name]; ok {
		return true
	}
	for id, r := range e.resources {
		if strings.HasPrefix(r.kind, "AWS::Serverless::") && strings.HasPrefix(name, id) {
			return true
		}
	}
	return false
}
