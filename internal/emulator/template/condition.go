package template

import (
	"cmp"
	"errors"
	"slices"

	"go.yaml.in/yaml/v3"
)

// chosen is Fn::If.
func (e *evaluator) chosen(arg value) value {
	items := e.arguments("If", arg, 3, 3) //nolint:mnd // condition and two branches
	if !items[0].is(yaml.ScalarNode) {
		panic(e.invalid(items[0], "If %w: the name of a condition", errArguments))
	}
	if e.holds(items[0], items[0].node.Value) {
		return e.shallow(items[1])
	}
	return e.shallow(items[2])
}

// holds decides the condition of that name, which v asks for.
func (e *evaluator) holds(v value, name string) bool {
	if holds, ok := e.decided[name]; ok {
		return holds
	}
	condition := e.root.raw("Conditions").raw(name)
	if !condition.there() {
		panic(e.invalid(v, "there is no condition %q", name))
	}
	if e.deciding[name] {
		panic(e.invalid(condition, "the condition depends on itself"))
	}
	e.deciding[name] = true
	defer delete(e.deciding, name)
	e.decided[name] = e.decide(condition)
	return e.decided[name]
}

// decide evaluates the expression of a condition.
func (e *evaluator) decide(v value) bool {
	defer e.enter(v, "conditions")()
	name, arg, ok := intrinsic(v)
	if other := v.raw("Condition"); !ok && other.is(yaml.ScalarNode) && len(v.fields()) == 1 {
		return e.holds(other, other.node.Value)
	}
	const most = 10 // of And and Or
	switch name {
	case "Condition":
		return e.holds(arg, arg.node.Value)
	case "Equals":
		items := e.arguments(name, arg, 2, 2) //nolint:mnd // as the form has
		left := e.text(items[0])
		return left == e.text(items[1])
	case "Not":
		return !e.decideAll(name, arg, 1)[0]
	case "And":
		return !slices.Contains(e.decideAll(name, arg, most), false)
	case "Or":
		return slices.Contains(e.decideAll(name, arg, most), true)
	default:
		panic(e.invalid(v, "is not a condition: And, Condition, Equals, Not or Or"))
	}
}

// decideAll evaluates all arguments of a condition function, of which it takes
// one to most.
func (e *evaluator) decideAll(function string, arg value, most int) []bool {
	items := e.arguments(function, arg, 1, most)
	all := make([]bool, len(items))
	for i, item := range items {
		all[i] = e.decide(item)
	}
	return all
}

// decision is a condition function where a value is read, such as an argument
// of Equals. CloudFormation allows them in Conditions only.
func (e *evaluator) decision(arg value) value {
	panic(e.invalid(arg, "a condition is used as a value; name it under Conditions and use Fn::If"))
}

// conditional reports whether a resource or an output is there at all.
func (e *evaluator) conditional(v value) bool {
	name := v.raw("Condition")
	if name.there() && !name.is(yaml.ScalarNode) {
		panic(e.invalid(name, "must be the name of a condition"))
	}
	return !name.there() || e.holds(name, name.node.Value)
}

// checkRules holds the parameters against the Rules of the template.
func (e *evaluator) checkRules() error {
	r := reader{e: e}
	for _, rule := range e.root.raw("Rules").fields() {
		applies := true
		if condition := rule.raw("RuleCondition"); condition.there() {
			applies = attempt(&r, e.decide, condition)
		}
		if !applies {
			continue
		}
		for _, assertion := range rule.raw("Assertions").items() {
			r.try(func() {
				if !e.decide(assertion.raw("Assert")) {
					panic(e.invalid(assertion, "%s", cmp.Or(assertion.plain("AssertDescription"), "the assertion does not hold")))
				}
			})
		}
	}
	return errors.Join(r.errs...)
}
