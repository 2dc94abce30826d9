package template

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// pair is the distance of a mapping's keys in the content of its node.
const pair = 2

// value is a part of the template. One without a node is not there: it was
// never written, or it is AWS::NoValue.
type value struct {
	node *yaml.Node
	// path says where it is, such as "Resources.Adapter.Type".
	path string
}

func (v value) there() bool { return v.node != nil }

// line is where it stands, or 0.
func (v value) line() int {
	if v.node == nil {
		return 0
	}
	return v.node.Line
}

func (v value) is(kind yaml.Kind) bool { return v.node != nil && v.node.Kind == kind }

// raw gives a field as it is written, and the zero node if there is none.
func (v value) raw(name string) value {
	child := value{path: join(v.path, name)}
	if v.is(yaml.MappingNode) {
		for i := 0; i+1 < len(v.node.Content); i += pair {
			if v.node.Content[i].Value == name {
				child.node = v.node.Content[i+1]
			}
		}
	}
	return child
}

// field is a key of a mapping with its value.
type field struct {
	value

	name string
}

// fields gives what a mapping holds, as it is written.
func (v value) fields() []field {
	if !v.is(yaml.MappingNode) {
		return nil
	}
	found := make([]field, 0, len(v.node.Content)/pair)
	for i := 0; i+1 < len(v.node.Content); i += pair {
		key := v.node.Content[i].Value
		found = append(found, field{value{v.node.Content[i+1], join(v.path, key)}, key})
	}
	return found
}

// items gives what a sequence holds, as it is written.
func (v value) items() []value {
	if !v.is(yaml.SequenceNode) {
		return nil
	}
	found := make([]value, 0, len(v.node.Content))
	for i, n := range v.node.Content {
		found = append(found, value{n, v.path + "[" + strconv.Itoa(i) + "]"})
	}
	return found
}

// text makes a scalar in the place of v.
func (v value) text(s string) value {
	return value{&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Line: v.line()}, v.path}
}

// list makes a sequence of texts in the place of v.
func (v value) list(texts []string) value {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: v.line()}
	for _, s := range texts {
		n.Content = append(n.Content, v.text(s).node)
	}
	return value{n, v.path}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
