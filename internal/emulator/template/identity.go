package template

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What AWS's own partition is called.
const (
	partition = "aws"
	urlSuffix = "amazonaws.com"
)

// Lengths of the ids in addresses.
const (
	idLength  = 10 // of an API
	urlLength = 32 // of a Function URL
)

// hash returns an id of n lower-case letters and digits, the same for the same
// name.
func hash(name string, n int) string {
	sum := sha256.Sum256([]byte(name))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:n]
}

// present finds a resource that is made.
func (e *evaluator) present(v value, id string) resource {
	r, ok := e.resources[id]
	if !ok {
		panic(e.unknown(v, id))
	}
	if !e.conditional(r.value) {
		panic(e.invalid(v, "the resource %q is not made, by its condition", id))
	}
	return r
}

func (e *evaluator) unknown(v value, name string) *Error {
	return e.invalid(v, "there is no parameter and no resource %q", name)
}

// identity is what Ref of a resource is: its name, but the URL of a queue and
// the id of an API.
func (e *evaluator) identity(v value, id string) string {
	r := e.present(v, id)
	switch r.kind {
	case typeQueue:
		return e.queueURL(r)
	case typeHTTPAPI, typeRESTAPI:
		return e.apiID(id)
	case typeURL:
		return e.attribute(v, e.functionOf(r), "Arn")
	}
	if r.kind == typeSecret || strings.HasPrefix(r.kind, "AWS::SNS::Topic") {
		return e.attribute(v, id, "Arn")
	}
	return e.name(r)
}

// name is the name of a resource: the one that is written, or one of stack and
// logical id. On AWS a random part follows.
func (e *evaluator) name(r resource) string {
	property := map[string]string{
		typeFunction: "FunctionName", typeTable: "TableName", typeSimpleTable: "TableName", typeQueue: "QueueName",
		typeTopic: "TopicName", typeBucket: "BucketName", typeRole: "RoleName", typeSecret: "Name",
		"AWS::Logs::LogGroup": "LogGroupName", "AWS::CloudWatch::Alarm": "AlarmName",
	}[r.kind]
	own := r.properties().raw(property)
	if property == "" || r.of != "" || !own.there() {
		return e.options.StackName + "-" + r.id
	}
	if e.naming[r.id] {
		panic(e.invalid(own, "the name depends on itself"))
	}
	e.naming[r.id] = true
	defer delete(e.naming, r.id)
	return e.text(own)
}

func (e *evaluator) apiID(id string) string { return hash(e.options.StackName+"/"+id, idLength) }

func (e *evaluator) apiURL(id string) string {
	return "https://" + e.apiID(id) + ".execute-api." + e.options.Region + "." + urlSuffix
}

// functionURL is the Function URL of a function.
func (e *evaluator) functionURL(id string) string {
	return "https://" + hash(e.options.StackName+"/"+id+"/url", urlLength) + ".lambda-url." + e.options.Region + ".on.aws/"
}

func (e *evaluator) queueURL(r resource) string {
	return "https://sqs." + e.options.Region + "." + urlSuffix + "/" + e.options.Account + "/" + e.name(r)
}

// attribute is what GetAtt is.
func (e *evaluator) attribute(v value, id, attribute string) string {
	r := e.present(v, id)
	if attribute == "Arn" && r.kind != typeHTTPAPI && r.kind != typeURL {
		return e.arn(r)
	}
	switch r.kind + " " + attribute {
	case typeQueue + " QueueName", typeTopic + " TopicName":
		return e.name(r)
	case typeQueue + " QueueUrl":
		return e.queueURL(r)
	case typeBucket + " DomainName":
		return e.name(r) + ".s3." + urlSuffix
	case typeBucket + " RegionalDomainName":
		return e.name(r) + ".s3." + e.options.Region + "." + urlSuffix
	case typeTable + " StreamArn":
		return e.arn(r) + "/stream/2026-01-01T00:00:00.000"
	case typeHTTPAPI + " ApiEndpoint":
		return e.apiURL(id)
	case typeHTTPAPI + " ApiId", typeRESTAPI + " RestApiId":
		return e.apiID(id)
	case typeURL + " FunctionUrl":
		return e.functionURL(e.functionOf(r))
	case typeURL + " FunctionArn":
		return e.attribute(v, e.functionOf(r), "Arn")
	}
	panic(e.invalid(v, "%s of %s: the attribute is not known on this machine", attribute, id))
}

// arn is the ARN of a resource.
func (e *evaluator) arn(r resource) string {
	place := e.options.Region + ":" + e.options.Account + ":"
	form := map[string]string{
		typeFunction:             "lambda:" + place + "function:",
		typeTable:                "dynamodb:" + place + "table/",
		typeSimpleTable:          "dynamodb:" + place + "table/",
		typeQueue:                "sqs:" + place,
		typeSecret:               "secretsmanager:" + place + "secret:",
		typeRole:                 "iam::" + e.options.Account + ":role/",
		"AWS::SNS::Topic":        "sns:" + place,
		"AWS::Logs::LogGroup":    "logs:" + place + "log-group:",
		"AWS::CloudWatch::Alarm": "cloudwatch:" + place + "alarm:",
	}[r.kind]
	// Of a resource that is skipped: one that cannot be mistaken.
	service := strings.Split(strings.ToLower(r.kind)+"::", "::")[1]
	return "arn:" + partition + ":" + cmp.Or(form, service+":"+place) + e.name(r)
}

// joined puts errors together, each once.
func joined(errs []error) error {
	seen := map[string]bool{}
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool {
		again := seen[err.Error()]
		seen[err.Error()] = true
		return again
	})...)
}

// checkReferences finds names in Resources, Outputs and Conditions that stand
// for nothing, whether or not they are in a part that is run: CloudFormation
// rejects the whole template for them.
func (e *evaluator) checkReferences() error {
	sections := []string{"Conditions", "Resources", "Outputs", "Globals"}
	errs := make([]error, 0, len(sections))
	for _, section := range sections {
		errs = append(errs, e.walk(e.root.raw(section))...)
	}
	return joined(errs)
}

func (e *evaluator) walk(v value) (errs []error) {
	if name, arg, ok := intrinsic(v); ok {
		for _, reference := range references(name, arg) {
			if !e.knows(reference) {
				errs = append(errs, e.unknown(v, reference))
			}
		}
		v.node = arg.node
	}
	for _, f := range v.fields() {
		errs = append(errs, e.walk(f.value)...)
	}
	for _, item := range v.items() {
		errs = append(errs, e.walk(item)...)
	}
	return errs
}

// references are the parameters and resources that a call of an intrinsic
// function names.
func references(function string, arg value) []string {
	switch function {
	case "Ref":
		if arg.is(yaml.ScalarNode) {
			return []string{arg.node.Value}
		}
	case "GetAtt":
		if resource, _, ok := cutAttribute(arg); ok {
			return []string{resource}
		}
	case "Sub":
		text, own := arg, value{}
		if items := arg.items(); len(items) == 2 { //nolint:mnd // text and map
			text, own = items[0], items[1]
		}
		if !text.is(yaml.ScalarNode) {
			return nil
		}
		var names []string
		for _, p := range pieces(text.node.Value) {
			if resource, _, _ := strings.Cut(p.text, "."); p.name && !own.raw(p.text).there() {
				names = append(names, resource)
			}
		}
		return names
	}
	return nil
}

// knows reports whether a name stands for something. SAM makes more resources
// than are known here; their names begin with that of their function or API.
func (e *evaluator) knows(name string) bool {
	_, pseudo := e.pseudo(name)
	_, made := e.resources[name]
	if pseudo || made || name == noValue || e.root.raw("Parameters").raw(name).there() {
		return true
	}
	for id, r := range e.resources {
		if strings.HasPrefix(r.kind, "AWS::Serverless::") && strings.HasPrefix(name, id) {
			return true
		}
	}
	return false
}
