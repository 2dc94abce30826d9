package template

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
)

// What AWS's own partition says.
const (
	partition = "aws"
	urlSuffix = "amazonaws.com"
)

// Lengths of the ids in addresses.
const (
	idLength  = 10 // of an API
	urlLength = 32 // of a Function URL
)

// hash makes an id of n lower-case letters and digits, the same for the same
// name.
func hash(name string, n int) string {
	sum := sha256.Sum256([]byte(name))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:n]
}

// present finds a resource that is made, or says why there is none.
func (e *evaluator) present(v value, id string) (resource, error) {
	r, ok := e.resources[id]
	if !ok {
		return r, e.wrong(v, "there is no parameter and no resource %q", id)
	}
	there, err := e.conditional(r.value)
	if err != nil {
		return r, err
	}
	if !there {
		return r, e.wrong(v, "the resource %q is not made, by its condition", id)
	}
	return r, nil
}

// identity is what Ref of a resource gives: its name, but the URL of a queue
// and the id of an API.
func (e *evaluator) identity(v value, id string) (string, error) {
	r, err := e.present(v, id)
	if err != nil {
		return "", err
	}
	switch r.kind {
	case typeQueue:
		return e.attribute(v, id, "QueueUrl")
	case typeHTTPAPI, typeRESTAPI:
		return e.apiID(id), nil
	case typeURL:
		return e.attribute(v, r.of, "Arn")
	}
	if strings.HasPrefix(r.kind, "AWS::SNS::Topic") {
		return e.attribute(v, id, "Arn")
	}
	return e.name(r)
}

// name is the name of a resource: the one that is written, or one of stack and
// logical id. On AWS a random part follows.
func (e *evaluator) name(r resource) (string, error) {
	property := map[string]string{
		typeFunction: "FunctionName", typeTable: "TableName", typeSimpleTable: "TableName", typeQueue: "QueueName", typeRole: "RoleName",
		"AWS::Logs::LogGroup": "LogGroupName", "AWS::CloudWatch::Alarm": "AlarmName",
	}[r.kind]
	own := r.properties().raw(property)
	if property != "" && r.of == "" && own.there() {
		if e.naming[r.id] {
			return "", e.wrong(own, "the name depends on itself")
		}
		e.naming[r.id] = true
		defer delete(e.naming, r.id)
		return e.text(own)
	}
	return e.options.StackName + "-" + r.id, nil
}

func (e *evaluator) apiID(id string) string { return hash(e.options.StackName+"/"+id, idLength) }

func (e *evaluator) apiURL(id string) string {
	return "https://" + e.apiID(id) + ".execute-api." + e.options.Region + "." + urlSuffix
}

// urlOf is the Function URL of a function.
func (e *evaluator) urlOf(id string) string {
	return "https://" + hash(e.options.StackName+"/"+id+"/url", urlLength) + ".lambda-url." + e.options.Region + ".on.aws/"
}

// errAttribute means that an attribute is made by AWS and not known here.
var errAttribute = errors.New("the attribute is not known on this machine")

// attribute is what GetAtt gives.
func (e *evaluator) attribute(v value, id, attribute string) (string, error) {
	r, err := e.present(v, id)
	if err != nil {
		return "", err
	}
	if attribute == "Arn" && r.kind != typeHTTPAPI && r.kind != typeURL {
		return e.arn(r)
	}
	switch r.kind + " " + attribute {
	case typeQueue + " QueueName":
		return e.name(r)
	case typeQueue + " QueueUrl":
		name, err := e.name(r)
		return "https://sqs." + e.options.Region + "." + urlSuffix + "/" + e.options.Account + "/" + name, err
	case typeHTTPAPI + " ApiEndpoint":
		return e.apiURL(id), nil
	case typeHTTPAPI + " ApiId", typeRESTAPI + " RestApiId":
		return e.apiID(id), nil
	case typeURL + " FunctionUrl":
		return e.urlOf(r.of), nil
	case typeURL + " FunctionArn":
		return e.attribute(v, r.of, "Arn")
	case "AWS::SNS::Topic TopicName":
		return e.name(r)
	}
	return "", e.wrong(v, "%s of %s: %w", attribute, id, errAttribute)
}

// arn is the ARN of a resource.
func (e *evaluator) arn(r resource) (string, error) {
	name, err := e.name(r)
	if err != nil {
		return "", err
	}
	place := e.options.Region + ":" + e.options.Account + ":"
	form, ok := map[string]string{
		typeFunction:             "lambda:" + place + "function:",
		typeTable:                "dynamodb:" + place + "table/",
		typeSimpleTable:          "dynamodb:" + place + "table/",
		typeQueue:                "sqs:" + place,
		typeRole:                 "iam::" + e.options.Account + ":role/",
		"AWS::SNS::Topic":        "sns:" + place,
		"AWS::Logs::LogGroup":    "logs:" + place + "log-group:",
		"AWS::CloudWatch::Alarm": "cloudwatch:" + place + "alarm:",
	}[r.kind]
	if !ok { // of a resource that is skipped: one that cannot be mistaken
		service := strings.Split(strings.ToLower(r.kind)+"::", "::")[1]
		form = service + ":" + place
	}
	return "arn:" + partition + ":" + form + name, nil
}
