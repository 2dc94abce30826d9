package sam_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/generate/sam"
)

// shop has functions and remote steps, with variables, secrets and permissions.
const shop = `chains:
  - name: shop
    route: POST /shop
    env: {CLEAN_URL: "http://clean.test", LEVEL: ""}
    secrets: [FRAUD_KEY, TOKEN]
    steps:
      - name: clean
        url: ${CLEAN_URL}/x
      - function: check
        permissions:
          - {Action: "sqs:ListQueues", Resource: "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${aws:username}"}
          - {Effect: Deny, Action: ["s3:PutObject", "s3:DeleteObject"], Resource: "*", Condition: {StringEquals: {"aws:RequestedRegion": eu-central-1}}}
  - name: plain
    route: POST /plain
    steps: [check]
`

func parsed(t *testing.T, text string) []functions.Chain {
	t.Helper()
	chains, err := chainfile.Parse("chain.yaml", []byte(text), map[string]functions.Function{"check": identity})
	if err != nil {
		t.Fatal(err)
	}
	return chains
}

func TestAFunctionHasTheVariablesAndRightsOfItsSteps(t *testing.T) {
	t.Parallel()
	has := map[string][]string{
		"inline": {"Adapter", "Streaming"}, "vertex": {"Vertex"}, "split": {"ShopCheck"},
	}
	want := map[string]string{
		"CLEAN_URL": "http://else.test", "LEVEL": "",
		"FRAUD_KEY": "{{resolve:secretsmanager:${SecretFRAUDKEY}}}", "TOKEN": "{{resolve:secretsmanager:${SecretTOKEN}}}",
	}
	for name, ids := range has {
		params := shape(name)
		params["EnvCLEANURL"] = "http://else.test"
		s := deploy(t, params, parsed(t, shop)...)
		if s.params["SecretTOKEN"] != "TOKEN" {
			t.Errorf("the secret is named %q", s.params["SecretTOKEN"])
		}
		for id := range s.functions() {
			env := s.environment(id)
			for variable, value := range want {
				got, set := env[variable]
				if runs := slices.Contains(ids, id); set != runs || runs && got != value {
					t.Errorf("%s: %s of %s is %q", name, variable, id, got)
				}
			}
			if got, runs := s.actions(id, "sqs"), slices.Contains(ids, id); runs != slices.Contains(got, "ListQueues") {
				t.Errorf("%s: %s may do %q of queues", name, id, got)
			}
			for _, statement := range statements(s.at("Resources", id+"Role")) {
				if statement["Effect"] == "Deny" && statement.at("Condition", "StringEquals") == nil {
					t.Errorf("%s: %s has lost a condition: %v", name, id, statement)
				}
			}
		}
	}
	if got := deploy(t, shape("split"), parsed(t, shop)...).allowed("ShopCheck", "sqs:ListQueues"); !slices.Contains(got, "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${!aws:username}") {
		t.Errorf("may read %q", got)
	}
}

func TestATemplateHasTheShapesThatWereChosen(t *testing.T) {
	t.Parallel()
	all := sam.Shapes()
	for _, which := range [][]sam.Shape{all[:1], all[1:2], all[2:], all[:2], all[1:], {all[2], all[0]}} {
		r, err := sam.Write(parsed(t, shop), sam.Options{Shapes: which})
		if err != nil {
			t.Fatal(err)
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(r.Text, &doc); err != nil {
			t.Fatal(err)
		}
		root := doc.Content[0]
		allowed := texts(plain(get(get(get(root, "Parameters"), "Shape"), "AllowedValues")))
		for _, s := range all {
			chosen := slices.Contains(which, s)
			if slices.Contains(allowed, string(s)) != chosen {
				t.Errorf("%q: the parameter takes %q", which, allowed)
			}
			if s == sam.Vertex && (len(get(get(root, "Resources"), "Vertex").Content) > 0) != chosen ||
				s == sam.Split && (len(get(get(root, "Resources"), "ShopCheck").Content) > 0) != chosen {
				t.Errorf("%q: the functions of %s are there against what was chosen", which, s)
			}
		}
		danglingReferences(t, root, string(r.Text))
	}
}

// plain is a node without its tags.
func plain(n *yaml.Node) any {
	var v any
	_ = n.Decode(&v)
	return v
}

// danglingReferences finds what is named and not there, and what is there and never
// named: cfn-lint would complain of both.
func danglingReferences(t *testing.T, root *yaml.Node, text string) {
	t.Helper()
	keys := func(section string) map[string]bool {
		out := map[string]bool{}
		for i := 0; i < len(get(root, section).Content); i += 2 {
			out[get(root, section).Content[i].Value] = true
		}
		return out
	}
	lines := regexp.MustCompile(`(?m)^\s*#.*$`).ReplaceAllString(text, "")
	resources, parameters, conditions := keys("Resources"), keys("Parameters"), keys("Conditions")
	for _, found := range regexp.MustCompile(`!(?:Ref|GetAtt) ([A-Za-z0-9]+)\b(?:::)?|\$\{([A-Za-z0-9]+)[.}]`).FindAllStringSubmatch(lines, -1) {
		name := found[1] + found[2]
		if !resources[name] && !parameters[name] && name != "AWS" {
			t.Errorf("%s is not there", found[0])
		}
	}
	for condition := range conditions {
		if strings.Count(lines, condition) < 2 {
			t.Errorf("nothing depends on %s", condition)
		}
	}
	for found := range maps.Keys(parameters) {
		if !regexp.MustCompile(`!Ref ` + found + `\b|\$\{` + found + `\}`).MatchString(lines) {
			t.Errorf("nothing refers to the parameter %s", found)
		}
	}
}

func many(chains, steps int) []functions.Chain {
	var out []functions.Chain
	for c := range chains {
		var names []string
		for s := range steps {
			names = append(names, fmt.Sprintf("step%d", s))
		}
		out = append(out, chainOf(fmt.Sprintf("chain%d", c), names...))
	}
	return out
}

func TestATemplateThatAWSDoesNotTakeIsRefusedWithTheCount(t *testing.T) {
	t.Parallel()
	r, err := sam.Write(many(20, 8), sam.Options{})
	var large *sam.LimitError
	if err != nil || !slices.Equal(r.Shapes, []sam.Shape{sam.Inline, sam.Vertex}) || !errors.As(r.Left, &large) {
		t.Fatalf("20 chains of 8 steps: %v, %q, %v", err, r.Shapes, r.Left)
	}
	if large.Has < 700 || large.Most != 500 || !strings.Contains(r.Left.Error(), "leave out the shape split") {
		t.Errorf("%v", r.Left)
	}
	if _, err := sam.Write(many(20, 8), sam.Options{Shapes: []sam.Shape{sam.Split}}); !errors.As(err, &large) {
		t.Errorf("the shape that was asked for: %v", err)
	}
	big := parsed(t, shop)
	big[0].Env["LEVEL"] = strings.Repeat("x", 4000)
	if _, err := sam.Write(big, sam.Options{Shapes: []sam.Shape{sam.Vertex}}); err == nil || !strings.Contains(err.Error(), "bytes of environment in Vertex, and AWS takes 4096") {
		t.Errorf("a large environment: %v", err)
	}
	if _, err := sam.Write(many(90, 1), sam.Options{Shapes: []sam.Shape{sam.Split}}); err == nil || !strings.Contains(err.Error(), "bytes of policy in AdapterRole") {
		t.Errorf("many functions to invoke: %v", err)
	}
	many := parsed(t, shop)
	for i := range 300 {
		many[0].Env[fmt.Sprintf("V%d", i)] = ""
	}
	if _, err := sam.Write(many, sam.Options{}); err == nil || !strings.Contains(err.Error(), "parameters, and AWS takes 200") {
		t.Errorf("many variables: %v", err)
	}
}

func TestAVariableThatLambdaDoesNotTakeIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "_HANDLER", "_X", "X"} {
		c := chainOf("a", "x")
		c.Env = map[string]string{name: ""}
		c.Steps[0].Uses = "x"
		if _, err := sam.Write([]functions.Chain{c}, sam.Options{}); err == nil || !strings.Contains(err.Error(), "the variable "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := chainOf("a", "x")
	c.Env, c.Secrets, c.Steps[0].Uses = map[string]string{"A_B": "", "AB": ""}, nil, "x"
	if _, err := sam.Write([]functions.Chain{c}, sam.Options{}); err == nil || !strings.Contains(err.Error(), "would both need the name EnvAB") {
		t.Errorf("names that meet: %v", err)
	}
}

func TestExtraIsMerged(t *testing.T) {
	t.Parallel()
	const extra = `# of our own
Parameters:
  Subnets: {Type: CommaDelimitedList}
Resources:
  Adapter:
    Properties:
      VpcConfig: {SubnetIds: !Ref Subnets}
  Traces:
    Properties:
      PolicyDocument:
        Statement:
          - {Effect: Allow, Action: ec2:CreateNetworkInterface, Resource: "*"}
  Photos:
    Type: AWS::S3::Bucket
Outputs:
  PhotosName: {Value: !Ref Photos}
`
	for range 2 { // the second time from the same sources
		r, err := sam.Write(parsed(t, shop), sam.Options{Extra: sam.Extra{Name: "template.extra.yaml", Text: []byte(extra)}})
		if err != nil {
			t.Fatal(err)
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(r.Text, &doc); err != nil {
			t.Fatal(err)
		}
		resources := get(doc.Content[0], "Resources")
		properties := get(get(resources, "Adapter"), "Properties")
		if get(get(properties, "VpcConfig"), "SubnetIds").Tag != "!Ref" || get(properties, "MemorySize").Tag != "!If" {
			t.Errorf("the adapter is %v", plain(properties))
		}
		if n := len(get(get(get(get(resources, "Traces"), "Properties"), "PolicyDocument"), "Statement").Content); n != 2 {
			t.Errorf("there are %d statements", n)
		}
		if get(get(resources, "Photos"), "Type").Value != "AWS::S3::Bucket" || !strings.HasPrefix(string(r.Text), "# Code generated by") {
			t.Errorf("%.200s", r.Text)
		}
		danglingReferences(t, doc.Content[0], strings.Replace(string(r.Text), "PhotosName", "", 1))
	}
}

func TestExtraThatDoesNotGoTogetherIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string][2]string{
		"another value": {"Resources:\n  Adapter:\n    Properties:\n      Description: 5\n", "x.yaml:4: Resources.Adapter.Properties.Description is Answers calls over HTTP in the template, and cannot be 5 as well"},
		"another type":  {"Resources: {Replies: {Type: 'AWS::S3::Bucket'}}\n", "Resources.Replies.Type is AWS::DynamoDB::Table in the template, and cannot be AWS::S3::Bucket"},
		"no section":    {"Resuorces: {}\n", `x.yaml:1: "Resuorces" is no section of a template; did you mean "Resources"?`},
		"a list":        {"- a\n", "is no part of a template"},
		"no YAML":       {"a: [\n", "x.yaml: "},
	} {
		_, err := sam.Write(parsed(t, shop), sam.Options{Extra: sam.Extra{Name: "x.yaml", Text: []byte(tc[0])}})
		if err == nil || !strings.Contains(err.Error(), tc[1]) {
			t.Errorf("%s: %v, want %s", name, err, tc[1])
		}
	}
	for _, nothing := range []string{"", "\n", "# to be done\n", "AWSTemplateFormatVersion: x\n"} {
		if _, err := sam.Write(parsed(t, shop), sam.Options{Extra: sam.Extra{Name: "x.yaml", Text: []byte(nothing)}}); err != nil {
			t.Errorf("%q: %v", nothing, err)
		}
	}
}

// Memory and timeout of one step are the user's, and everything else is ours.
func TestExtraSetsTheSizeOfAFunction(t *testing.T) {
	t.Parallel()
	const extra = `
Parameters: {XMemory: {Type: Number, Default: 2048}}
Resources:
  AX: {Properties: {MemorySize: !Ref XMemory, Timeout: 60, ReservedConcurrentExecutions: 5}}
  Adapter: {Properties: {AutoPublishAlias: live, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 5}}}
`
	r, err := sam.Write(twoChains(), sam.Options{Extra: sam.Extra{Name: "x.yaml", Text: []byte(extra)}})
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(r.Text, &doc); err != nil {
		t.Fatal(err)
	}
	function := func(id string) *yaml.Node { return get(get(get(doc.Content[0], "Resources"), id), "Properties") }
	if p := function("AX"); get(p, "MemorySize").Value != "XMemory" || get(p, "Timeout").Value != "60" || get(p, "ReservedConcurrentExecutions").Value != "5" {
		t.Errorf("got %v", plain(p))
	}
	if p := function("AY"); get(p, "MemorySize").Value != "StepMemory" || get(p, "Timeout").Value != "900" {
		t.Errorf("another step has %v", plain(p))
	}
	if p := function("Adapter"); get(p, "AutoPublishAlias").Value != "live" {
		t.Errorf("the adapter has %v", plain(p))
	}
}
