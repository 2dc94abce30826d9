package sam_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.yaml.in/yaml/v4"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/sam"
)

func identity(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

// chainOf creates a chain of steps with these names.
func chainOf(name string, steps ...string) functions.Chain {
	c := functions.Chain{Name: name, Method: "POST", Path: "/" + name}
	for _, s := range steps {
		c.Steps = append(c.Steps, functions.Step{Name: s, Function: identity})
	}
	return c
}

// builtIn are the chains of the root's chain.yaml.
func builtIn(t *testing.T) []functions.Chain {
	t.Helper()
	chains, err := function.Chains()
	if err != nil {
		t.Fatal(err)
	}
	return chains
}

// tree is a mapping of the template. All scalars are texts; a reference to
// something outside the template's parameters is ${NAME} or ${NAME.ATTRIBUTE}.
type tree map[string]any

// stack is a template as CloudFormation sees it once the parameters are known:
// what a condition keeps out is not there, and Globals are merged.
type stack struct {
	tree

	doc        *yaml.Node
	params     map[string]string
	conditions map[string]bool
}

// document parses the template of these chains.
func document(t *testing.T, chains ...functions.Chain) *yaml.Node {
	t.Helper()
	text, err := sam.Template(chains)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return doc.Content[0]
}

// get is the value of a key.
func get(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return &yaml.Node{Kind: yaml.MappingNode}
}

// deploy resolves the template with parameters other than the defaults.
func deploy(t *testing.T, params map[string]string, chains ...functions.Chain) *stack {
	t.Helper()
	return deployed(t, params, document(t, chains...))
}

// deployed resolves a template that was written.
func deployed(t *testing.T, params map[string]string, doc *yaml.Node) *stack {
	t.Helper()
	s := &stack{doc: doc, params: map[string]string{}, conditions: map[string]bool{}}
	declared := get(doc, "Parameters")
	for i := 0; i+1 < len(declared.Content); i += 2 {
		s.params[declared.Content[i].Value] = get(declared.Content[i+1], "Default").Value
	}
	for name, value := range params {
		if _, ok := s.params[name]; !ok {
			t.Fatalf("there is no parameter %s", name)
		}
		s.params[name] = value
	}
	conditions := get(doc, "Conditions")
	for i := 0; i+1 < len(conditions.Content); i += 2 {
		s.conditions[conditions.Content[i].Value] = s.holds(t, conditions.Content[i+1])
	}
	s.tree = s.value(t, doc).(tree)
	for id, r := range s.at("Resources") {
		if condition, ok := r.(tree)["Condition"].(string); ok && !s.conditions[condition] {
			delete(s.at("Resources"), id)
		}
	}
	for _, f := range s.functions() {
		merge(f.at("Properties"), s.at("Globals", "Function"))
	}
	return s
}

// holds evaluates a condition.
func (s *stack) holds(t *testing.T, n *yaml.Node) bool {
	t.Helper()
	switch n.Tag {
	case "!Equals":
		return s.value(t, n.Content[0]) == s.value(t, n.Content[1])
	case "!Not":
		return !s.holds(t, n.Content[0])
	case "!And":
		return !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return !s.holds(t, c) })
	case "!Condition":
		return s.conditions[n.Value]
	default:
		t.Fatalf("line %d: %s is no condition", n.Line, n.Tag)
		return false
	}
}

// value resolves a node; nil means AWS::NoValue.
func (s *stack) value(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Tag {
	case "!If":
		if s.conditions[n.Content[0].Value] {
			return s.value(t, n.Content[1])
		}
		return s.value(t, n.Content[2])
	case "!Ref":
		if n.Value == "AWS::NoValue" {
			return nil
		}
		if value, ok := s.params[n.Value]; ok {
			return value
		}
		return "${" + n.Value + "}"
	case "!FindInMap":
		return s.value(t, get(get(get(s.doc, "Mappings"), n.Content[0].Value), s.value(t, n.Content[1]).(string))).(tree)[n.Content[2].Value]
	case "!Join":
		return strings.Join(texts(s.value(t, n.Content[1])), n.Content[0].Value)
	case "!GetAtt":
		return "${" + n.Value + "}"
	}
	switch n.Kind { //nolint:exhaustive // a template has no others
	case yaml.MappingNode:
		out := tree{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if v := s.value(t, n.Content[i+1]); v != nil {
				out[n.Content[i].Value] = v
			}
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range n.Content {
			if v := s.value(t, item); v != nil {
				out = append(out, v)
			}
		}
		return out
	default:
		return n.Value
	}
}

// merge adds what is missing, as SAM does with Globals.
func merge(into, globals tree) {
	for key, value := range globals {
		mine, both := into[key]
		if a, ok := mine.(tree); ok {
			merge(a, value.(tree))
		} else if !both {
			if v, ok := value.(tree); ok {
				into[key] = tree{}
				merge(into.at(key), v)
			} else {
				into[key] = value
			}
		}
	}
}

// at is the mapping at a path of keys; an empty one if there is none.
func (o tree) at(path ...string) tree {
	for _, key := range path {
		next, ok := o[key].(tree)
		if !ok {
			return tree{}
		}
		o = next
	}
	return o
}

// texts are the items of a list, or a text alone.
func texts(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	var out []string
	items, _ := v.([]any)
	for _, item := range items {
		s, _ := item.(string)
		out = append(out, s)
	}
	return out
}

// all are the resources of a type.
func (s *stack) all(kind string) map[string]tree {
	out := map[string]tree{}
	for id, r := range s.at("Resources") {
		if r.(tree)["Type"] == kind {
			out[id] = r.(tree)
		}
	}
	return out
}

func (s *stack) functions() map[string]tree { return s.all("AWS::Serverless::Function") }

// environment of a function.
func (s *stack) environment(id string) map[string]string {
	out := map[string]string{}
	for name, value := range s.functions()[id].at("Properties", "Environment", "Variables") {
		out[name] = value.(string)
	}
	return out
}

// allowed are the resources that a function may do an action on.
func (s *stack) allowed(id, action string) []string {
	var out []string
	for _, statement := range statements(s.at("Resources", id+"Role")) {
		if slices.Contains(texts(statement["Action"]), action) {
			out = append(out, texts(statement["Resource"])...)
		}
	}
	slices.Sort(out)
	return out
}

// actions are what a function may do of a service.
func (s *stack) actions(id, service string) []string {
	var out []string
	for _, statement := range statements(s.at("Resources", id+"Role")) {
		for _, action := range texts(statement["Action"]) {
			if name, ok := strings.CutPrefix(action, service+":"); ok {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// statements are those of the policies that a role has of its own.
func statements(role tree) []tree {
	var out []tree
	policies, _ := role.at("Properties")["Policies"].([]any)
	for _, policy := range policies {
		items, _ := policy.(tree).at("PolicyDocument")["Statement"].([]any)
		for _, item := range items {
			out = append(out, item.(tree))
		}
	}
	return out
}

// shape are the parameters for a shape, with a function URL.
func shape(name string) map[string]string {
	return map[string]string{"Shape": name, "StreamUrl": "true"}
}

func shapes() []string { return []string{"inline", "vertex", "split"} }
