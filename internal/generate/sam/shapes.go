package sam

import (
	"slices"
	"strings"
)

// shapes are those that a template has, in their order.
type shapes []Shape

// conditionOf is what holds where a shape was chosen at deployment.
func conditionOf(s Shape) string {
	return "Is" + strings.ToUpper(string(s[:1])) + string(s[1:])
}

func (all shapes) has(s Shape) bool { return slices.Contains(all, s) }

// String is the list of them in YAML.
func (all shapes) String() string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// Default is vertex if there is a choice.
func (all shapes) Default() Shape {
	if all.has(Vertex) {
		return Vertex
	}
	return all[0]
}

// Waits reports whether an adapter may wait for others to work.
func (all shapes) Waits() bool { return all.has(Vertex) || all.has(Split) }

// Mixed reports whether inline is one of several.
func (all shapes) Mixed() bool { return all.has(Inline) && len(all) > 1 }

// Conditions are the definitions of [shapes.only]'s.
func (all shapes) Conditions() []string {
	if len(all) == 1 {
		return nil
	}
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = conditionOf(s) + ": !Equals [!Ref Shape, " + string(s) + "]"
	}
	return out
}

// only is the condition of what one of the shapes has: "" if there is no other.
func (all shapes) only(s Shape) string {
	if len(all) == 1 || !all.has(s) {
		return ""
	}
	return conditionOf(s)
}

// when adds a value that one of the shapes has.
func (all shapes) when(list []string, s Shape, value string) []string {
	switch {
	case !all.has(s):
		return list
	case all.only(s) == "":
		return append(list, value)
	default:
		return append(list, either(all.only(s), value, noValue))
	}
}

// inline is a value of the shape inline, and that of all others.
func (all shapes) inline(value, otherwise string) string {
	return all.choose(value, otherwise, otherwise)
}

// choose is a value of each shape.
func (all shapes) choose(inline, vertex, split string) string {
	values := map[Shape]string{Inline: inline, Vertex: vertex, Split: split}
	last := len(all) - 1
	out := values[all[last]]
	for i := last - 1; i >= 0; i-- {
		if values[all[i]] != out {
			out = either(conditionOf(all[i]), values[all[i]], out)
		}
	}
	return out
}
