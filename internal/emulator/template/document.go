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
	root, err := x.expand(document.Content[0], 0)
	if err != nil {
		return value{}, err
	}
	if root.Kind != yaml.MappingNode {
		return value{}, &Error{File: file, Line: root.Line, Err: errors.New("the template is not a mapping")}
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
type expander struct {
	file string
	left int
}

func (x *expander) expand(n *yaml.Node, depth int) (*yaml.Node, error) {
	if n.Kind == yaml.AliasNode {
		return x.expand(n.Alias, depth+1)
	}
	x.left--
	if x.left < 0 || depth > maxDepth {
		return nil, &Error{File: x.file, Line: n.Line, Err: errors.New("the template is too large or nested too deep")}
	}
	copied := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Line: n.Line, Style: n.Style}
	for _, child := range n.Content {
		c, err := x.expand(child, depth+1)
		if err != nil {
			return nil, err
		}
		copied.Content = append(copied.Content, c)
	}
	if n.Kind == yaml.MappingNode {
		return copied, x.checkKeys(copied)
	}
	return copied, nil
}

// checkKeys rejects keys that are not plain and keys that are there twice.
func (x *expander) checkKeys(n *yaml.Node) error {
	seen := make(map[string]bool, len(n.Content)/pair)
	for entry := range slices.Chunk(n.Content, pair) {
		var err error
		switch key := entry[0]; {
		case key.Kind != yaml.ScalarNode:
			err = errors.New("a key is not a plain text")
		case key.Tag == "!!merge":
			err = errors.New("merge keys (<<) are not part of CloudFormation's YAML")
		case seen[key.Value]:
			err = fmt.Errorf("%q is there twice", key.Value)
		}
		if err != nil {
			return &Error{File: x.file, Line: entry[0].Line, Err: err}
		}
		seen[entry[0].Value] = true
	}
	return nil
}
