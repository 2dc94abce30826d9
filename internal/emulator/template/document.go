package template

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Error is what is invalid at a place of a template.
type Error struct {
	// File is the template, Line counts from 1; 0 means that no line is known.
	File string
	Line int
	// Property is where in the template, such as
	// "Resources.Adapter.Properties.Timeout"; "" means the template as a whole.
	Property string
	// Err is the reason.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	text := e.File
	if e.Line > 0 {
		text += ":" + strconv.Itoa(e.Line)
	}
	if e.Property != "" {
		text += ": " + e.Property
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns the error without its place.
func (e *Error) Unwrap() error { return e.Err }

const (
	// maxNodes bounds what aliases may blow a template up to.
	maxNodes = 100_000
	// maxDepth bounds how deep values are nested.
	maxDepth = 200
)

// readDocument reads YAML, or JSON, which is YAML too, into a mapping without
// aliases and without repeated keys.
func readDocument(file string, data []byte) (value, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return value{}, &Error{File: file, Line: yamlLine(err), Err: fmt.Errorf("not YAML: %w", err)}
	}
	if len(document.Content) == 0 {
		return value{}, &Error{File: file, Err: errors.New("the template is empty")}
	}
	x := expander{file: file, left: maxNodes}
	var r reader
	root := attempt(&r, func(n *yaml.Node) *yaml.Node { return x.expand(n, 0) }, document.Content[0])
	switch {
	case len(r.errs) > 0:
		return value{}, r.errs[0]
	case root.Kind != yaml.MappingNode:
		return value{}, x.invalid(root, "the template is not a mapping")
	}
	return value{node: root}, nil
}

// yamlLine is the line that an error of the YAML package names.
func yamlLine(err error) int {
	if found := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(err.Error()); found != nil {
		line, _ := strconv.Atoi(found[1]) // too long a number is no line
		return line
	}
	return 0
}

// expander copies nodes and puts in the place of an alias what it stands for.
// It panics as an [evaluator] does.
type expander struct {
	file string
	left int
}

func (x *expander) invalid(n *yaml.Node, format string, args ...any) *Error {
	return &Error{File: x.file, Line: n.Line, Err: fmt.Errorf(format, args...)}
}

func (x *expander) expand(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return x.expand(n.Alias, depth+1)
	}
	x.left--
	if x.left < 0 || depth > maxDepth {
		panic(x.invalid(n, "the template is too large or nested too deep"))
	}
	copied := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Line: n.Line, Style: n.Style}
	for _, child := range n.Content {
		copied.Content = append(copied.Content, x.expand(child, depth+1))
	}
	if n.Kind == yaml.MappingNode {
		x.checkKeys(copied)
	}
	return copied
}

// checkKeys rejects keys that are not plain and keys that are there twice.
func (x *expander) checkKeys(n *yaml.Node) {
	seen := make(map[string]bool, len(n.Content)/pair)
	for entry := range slices.Chunk(n.Content, pair) {
		switch key := entry[0]; {
		case key.Kind != yaml.ScalarNode:
			panic(x.invalid(key, "a key is not a plain text"))
		case key.Tag == "!!merge":
			panic(x.invalid(key, "merge keys (<<) are not part of CloudFormation's YAML"))
		case seen[key.Value]:
			panic(x.invalid(key, "%q is there twice", key.Value))
		}
		seen[entry[0].Value] = true
	}
}
