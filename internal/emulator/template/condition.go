package template

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// chosen is Fn::If.
func (e *evaluator) chosen(arg value) (value, error) {
	items, err := e.arguments("If", arg, 3, 3) //nolint:mnd // condition and two branches
	if err != nil {
		return value{}, err
	}
	if !items[0].is(yaml.ScalarNode) {
		return value{}, e.wrong(items[0], "If %w: the name of a condition", errArguments)
	}
	holds, err := e.holds(items[0], items[0].node.Value)
	if err != nil {
		return value{}, err
	}
	if holds {
		return e.shallow(items[1])
	}
	return e.shallow(items[2])
}

// holds decides the condition of that name, which v asks for.
func (e *evaluator) holds(v value, name string) (bool, error) {
	if holds, ok := e.decided[name]; ok {
		return holds, nil
	}
	condition := e.root.raw("Conditions").raw(name)
	if !condition.there() {
		return false, e.wrong(v, "there is no condition %q", name)
	}
	if e.deciding[name] {
		return false, e.wrong(condition, "the condition depends on itself")
	}
	e.deciding[name] = true
	holds, err := e.decide(condition)
	delete(e.deciding, name)
	if err == nil {
		e.decided[name] = holds
	}
	return holds, err
}

// decide evaluates the expression of a condition.
func (e *evaluator) decide(v value) (bool, error) {
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > maxDepth {
		return false, e.wrong(v, "conditions are nested too deep")
	}
	name, arg, ok := intrinsic(v)
	if other := v.raw("Condition"); !ok && other.is(yaml.ScalarNode) && len(v.fields()) == 1 {
		return e.holds(other, other.node.Value)
	}
	const most = 10 // of And and Or
	switch name {
	case "Condition":
		return e.holds(arg, arg.node.Value)
	case "Equals":
		return e.equal(arg)
	case "Not":
		all, err := e.decideAll(name, arg, 1, 1)
		return err == nil && !all[0], err
	case "And":
		all, err := e.decideAll(name, arg, 1, most)
		return err == nil && !slices.Contains(all, false), err
	case "Or":
		all, err := e.decideAll(name, arg, 1, most)
		return err == nil && slices.Contains(all, true), err
	default:
		return false, e.wrong(v, "is not a condition: And, Condition, Equals, Not or Or")
	}
}

func (e *evaluator) decideAll(function string, arg value, least, most int) ([]bool, error) {
	items, err := e.arguments(function, arg, least, most)
	if err != nil {
		return nil, err
	}
	all := make([]bool, 0, len(items))
	for _, item := range items {
		holds, err := e.decide(item)
		if err != nil {
			return nil, err
		}
		all = append(all, holds)
	}
	return all, nil
}

func (e *evaluator) equal(arg value) (bool, error) {
	items, err := e.arguments("Equals", arg, 2, 2) //nolint:mnd // as the form has
	if err != nil {
		return false, err
	}
	left, err := e.text(items[0])
	if err != nil {
		return false, err
	}
	right, err := e.text(items[1])
	return left == right, err
}

// decision lets a condition function stand where a value is read, such as an
// argument of Equals. CloudFormation allows them in Conditions only.
func (e *evaluator) decision(arg value) (value, error) {
	return value{}, e.wrong(arg, "a condition is used as a value; name it under Conditions and use Fn::If")
}

// conditional says whether a resource or an output is there at all.
func (e *evaluator) conditional(v value) (bool, error) {
	name := v.raw("Condition")
	if !name.there() {
		return true, nil
	}
	if !name.is(yaml.ScalarNode) {
		return false, e.wrong(name, "must be the name of a condition")
	}
	return e.holds(name, name.node.Value)
}

// boolean reads the words of CloudFormation.
func boolean(text string) (value, ok bool) {
	value, err := strconv.ParseBool(text)
	return value, err == nil
}
