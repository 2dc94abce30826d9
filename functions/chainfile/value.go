package chainfile

import (
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/homing-dev/homing/functions"
)

// Tags that YAML's core schema gives to plain scalars.
const (
	nullTag  = "!!null"
	boolTag  = "!!bool"
	intTag   = "!!int"
	floatTag = "!!float"
	textTag  = "!!str"
)

// value is a node of the file and the path that leads to it.
type value struct {
	node *yaml.Node
	path string
}

func (v value) field(name string, node *yaml.Node) value {
	if v.path == "" {
		return value{node: node, path: name}
	}
	return value{node: node, path: v.path + "." + name}
}

func (v value) item(i int) value {
	return value{node: v.node.Content[i], path: v.path + "[" + strconv.Itoa(i) + "]"}
}

// reader gathers what is wrong while it reads. Its methods report and go on,
// so that one run finds everything.
type reader struct {
	file  string
	known map[string]functions.Function
	errs  Errors
}

// wrong reports a problem at v.
func (r *reader) wrong(v value, format string, args ...any) {
	r.wrongMeant(v, "", format, args...)
}

// wrongMeant reports a problem at v with what was probably meant, if that is
// not "".
func (r *reader) wrongMeant(v value, meant, format string, args ...any) {
	r.errs = append(r.errs, &Error{
		File: r.file, Line: v.node.Line, Column: v.node.Column, Path: v.path,
		Message: fmt.Sprintf(format, args...), Suggestion: meant,
	})
}

// is reports whether v is of the kind, and if not what was expected. Tags and
// aliases are refused here, since every value passes here before it is used.
func (r *reader) is(v value, kind yaml.Kind, expected string, tags ...string) bool {
	n := v.node
	switch {
	case n.Kind == yaml.AliasNode:
		r.wrong(v, "the alias %s is refused; write the value out", quote("*"+n.Value))
	case n.Style&yaml.TaggedStyle != 0:
		r.wrong(v, "the tag %s is refused; write the value alone", quote(n.Tag))
	case n.Kind != kind, len(tags) > 0 && !slices.Contains(tags, n.ShortTag()):
		r.wrong(v, "expected %s, found %s", expected, describe(n))
	default:
		return true
	}
	return false
}

// describe says what a node is, in the words of the file's author.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode, yaml.AliasNode, yaml.DocumentNode:
	}
	switch n.ShortTag() {
	case nullTag:
		return "nothing"
	case boolTag:
		return n.Value
	case intTag, floatTag:
		return "the number " + n.Value
	case textTag:
		return "the text " + quote(n.Value)
	default:
		return quote(n.Value)
	}
}

// quote shows a text of the file on one line, and not all of a long one.
func quote(s string) string {
	const longest = 60
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return strconv.Quote(s)
}
