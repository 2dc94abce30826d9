package sam

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Limits of a stack (CloudFormation quotas), of a function (Lambda quotas) and of the
// policies in a role (IAM quotas).
const (
	maxResources   = 500
	maxParameters  = 200
	maxOutputs     = 200
	maxTemplate    = 1_000_000
	maxEnvironment = 4 << 10
	maxPolicies    = 10_240
)

// What a value has at most that is known only at deployment, in bytes.
const (
	nameBytes   = 64  // of a function
	arnBytes    = 140 // of a function
	tokensBytes = 512
	otherBytes  = 64
)

// checkSize finds what AWS would refuse of the template, after minutes and by halves.
func (p *plan) checkSize(text []byte) error {
	var t struct {
		Parameters map[string]yaml.Node `yaml:"Parameters"` //nolint:tagliatelle // CloudFormation's names
		Resources  map[string]yaml.Node `yaml:"Resources"`  //nolint:tagliatelle // the same
		Outputs    map[string]yaml.Node `yaml:"Outputs"`    //nolint:tagliatelle // the same
	}
	if err := yaml.Unmarshal(text, &t); err != nil {
		return fmt.Errorf("read the template that was written: %w", err)
	}
	var errs []error
	check := func(has, most int, what, way string) {
		if has > most {
			errs = append(errs, &LimitError{what, has, most, p.Shapes.String(), way})
		}
	}
	way := "deploy the chains by several apps"
	if p.Shapes.has(Split) {
		way = "leave out the shape split, which has a function for each step (--shape vertex), or " + way
	}
	resources := 1 // the stage of the API
	for _, r := range t.Resources {
		resources += derived(r)
	}
	check(resources, maxResources, "resources", way)
	check(len(t.Parameters), maxParameters, "parameters", "declare fewer variables in env and secrets")
	check(len(t.Outputs), maxOutputs, "outputs", way)
	check(len(text), maxTemplate, "bytes of template", way)
	for _, f := range p.Functions {
		check(f.environmentBytes(p.Settings), maxEnvironment, "bytes of environment in "+f.ID,
			"shorten env, or let the steps read it from where they can (SSM, S3); or "+way)
		check(f.policyBytes(), maxPolicies, "bytes of policy in "+f.ID+"Role", "ask for less in permissions, or "+way)
	}
	return errors.Join(errs...)
}

// derived is how many resources SAM makes of one.
func derived(r yaml.Node) int {
	properties := valueOf(&r, "Properties")
	if kind := valueOf(&r, "Type"); kind == nil || kind.Value != "AWS::Serverless::Function" {
		return 1
	}
	n := 2 // the function, and what becomes of its events
	if events := valueOf(properties, "Events"); events != nil {
		n += len(events.Content) / 2 //nolint:mnd // a key and a value each
	}
	return n
}

// valueOf is what a key of a mapping has, nil if there is none.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for k, v := range pairs(n) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

// environmentBytes is the most that the variables of a function may have.
func (f function) environmentBytes(all []setting) int {
	defaults := map[string]int{}
	for _, s := range all {
		defaults["!Ref "+s.ID] = len(s.Default)
	}
	n := tokensBytes
	for _, v := range f.Environment {
		n += len(v.Name) + valueBytes(v, defaults)
	}
	return n
}

func valueBytes(v variable, defaults map[string]int) int {
	for ref, n := range defaults {
		if v.Value == ref || strings.Contains(v.Value, ref+",") {
			return n
		}
	}
	if v.Name == "HOMING_VERTICES" || v.Name == "HOMING_STEPS" {
		longest := 0
		for _, text := range regexp.MustCompile(`"[^"]*"|^[^!"]+$`).FindAllString(v.Value, -1) {
			longest = max(longest, len(regexp.MustCompile(`\$\{\w+\}`).ReplaceAllString(text, strings.Repeat("x", nameBytes))))
		}
		return longest
	}
	return otherBytes
}

// policyBytes is the most that the statements of a function may have.
func (f function) policyBytes() int {
	const frame = 100 // of the policy, and of each statement
	n := frame
	for _, s := range f.Statements {
		n += frame + len(s.Action) + arnBytes*len(s.Resources)
	}
	for _, p := range f.Permissions {
		n += len(p)
	}
	return n
}
