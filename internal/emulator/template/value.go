package template

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// pair is a key and its value in the content of a mapping's node.
const pair = 2

// value is a part of the template. One without a node is not there: it was
// never written, or it is AWS::NoValue.
type value struct {
	node *yaml.Node
	// path is where it is, such as "Resources.Adapter.Type".
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

// raw returns a field as it is written, and the zero node if there is none.
func (v value) raw(name string) value {
	for _, f := range v.fields() {
		if f.name == name {
			return f.value
		}
	}
	return value{path: join(v.path, name)}
}

// plain returns the text of a scalar field as it is written; "" if it is none.
func (v value) plain(name string) string {
	if child := v.raw(name); child.is(yaml.ScalarNode) {
		return child.node.Value
	}
	return ""
}

// field is a key of a mapping with its value.
type field struct {
	value

	name string
}

// fields returns what a mapping holds, as it is written.
func (v value) fields() []field {
	if !v.is(yaml.MappingNode) {
		return nil
	}
	found := make([]field, 0, len(v.node.Content)/pair)
	for entry := range slices.Chunk(v.node.Content, pair) {
		key := entry[0].Value
		found = append(found, field{value{entry[1], join(v.path, key)}, key})
	}
	return found
}

// items returns what a sequence holds, as it is written.
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

// text returns a scalar in the place of v.
func (v value) text(s string) value {
	return value{&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Line: v.line()}, v.path}
}

// list returns a sequence of texts in the place of v.
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
