package sam_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

var placeholder = regexp.MustCompile(`\$\{([A-Za-z0-9:.]+)\}`)

// uses lists what the nodes below n refer to, by the kind of the reference.
func uses(n *yaml.Node, found map[string][]string) {
	switch n.Tag {
	case "!Ref", "!GetAtt", "!Condition":
		found[n.Tag] = append(found[n.Tag], n.Value)
	case "!Sub":
		for _, m := range placeholder.FindAllStringSubmatch(n.Value, -1) {
			found["!Sub"] = append(found["!Sub"], m[1])
		}
	case "!If":
		found["!Condition"] = append(found["!Condition"], n.Content[0].Value)
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "Condition" && child.Kind == yaml.ScalarNode {
			found["!Condition"] = append(found["!Condition"], child.Value)
		}
		uses(child, found)
	}
}

func keys(n *yaml.Node) []string {
	var out []string
	for i := 0; i < len(n.Content); i += 2 {
		out = append(out, n.Content[i].Value)
	}
	return out
}

// attributes are those of resources that the template refers to.
func attributes() []string {
	return []string{
		"Arn", "ApiEndpoint", "FunctionUrl", "QueueName", "RegionalDomainName", "RegionalHostedZoneId", "DomainName",
		"Stage", // SAM's, of an API
	}
}

func TestEveryReferenceHasItsTarget(t *testing.T) {
	t.Parallel()
	doc := document(t, builtIn(t)...)
	parameters, conditions := keys(get(doc, "Parameters")), keys(get(doc, "Conditions"))
	resources := keys(get(doc, "Resources"))
	pseudo := []string{"AWS::NoValue", "AWS::StackName", "AWS::Partition", "AWS::Region", "AWS::AccountId", "AWS::URLSuffix"}
	found := map[string][]string{}
	uses(doc, found)
	for kind, known := range map[string][]string{
		"!Ref":       slices.Concat(parameters, resources, pseudo),
		"!Sub":       slices.Concat(parameters, resources, pseudo),
		"!GetAtt":    resources,
		"!Condition": conditions,
	} {
		if len(found[kind]) == 0 {
			t.Errorf("no %s was found", kind)
		}
		for _, target := range found[kind] {
			name, attribute, _ := strings.Cut(target, ".")
			if !slices.Contains(known, name) {
				t.Errorf("%s %s has no target", kind, target)
			}
			if (kind == "!GetAtt" || attribute != "") &&
				!slices.Contains(attributes(), attribute) {
				t.Errorf("%s %s: there is no attribute of this name", kind, target)
			}
		}
	}
	for _, name := range parameters {
		if !slices.Contains(found["!Ref"], name) && !slices.Contains(found["!Sub"], name) {
			t.Errorf("the parameter %s is not used", name)
		}
	}
	for _, name := range conditions {
		if !slices.Contains(found["!Condition"], name) {
			t.Errorf("the condition %s is not used", name)
		}
	}
}

func TestEveryParameterIsExplainedAndInAGroup(t *testing.T) {
	t.Parallel()
	s := deploy(t, nil, builtIn(t)...)
	var grouped []string
	for _, group := range s.at("Metadata", "AWS::CloudFormation::Interface")["ParameterGroups"].([]any) {
		grouped = append(grouped, texts(group.(tree)["Parameters"])...)
	}
	names := slices.Sorted(maps.Keys(s.at("Parameters")))
	slices.Sort(grouped)
	if !slices.Equal(grouped, names) {
		t.Errorf("in groups are %q, declared are %q", grouped, names)
	}
	for _, name := range names {
		if description, _ := s.at("Parameters", name)["Description"].(string); len(description) < 20 {
			t.Errorf("%s is described as %q", name, description)
		}
	}
}

// What is there must not refer to what a condition keeps out.
func TestNoShapeRefersToWhatItHasNot(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		for _, url := range []string{"true", "false"} {
			t.Run(name+" "+url, func(t *testing.T) {
				t.Parallel()
				params := shape(name)
				params["StreamUrl"] = url
				s := deploy(t, params, builtIn(t)...)
				for id, r := range s.at("Resources") {
					refersTo(r, func(target string) {
						if _, ok := s.at("Resources")[target]; !ok && !strings.HasPrefix(target, "AWS::") {
							t.Errorf("%s refers to %s, which is not there", id, target)
						}
					})
				}
			})
		}
	}
}

// refersTo calls f with everything that is referred to below v.
func refersTo(v any, f func(target string)) {
	switch v := v.(type) {
	case tree:
		for _, child := range v {
			refersTo(child, f)
		}
	case []any:
		for _, child := range v {
			refersTo(child, f)
		}
	case string:
		for _, m := range placeholder.FindAllStringSubmatch(v, -1) {
			name, _, _ := strings.Cut(m[1], ".")
			f(name)
		}
	}
}
