package template_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// function is a template with one function that has these properties more.
func function(properties string) string {
	return "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: provided.al2023\n      " + properties + "\n"
}

// queue is a template whose queue is named by an expression.
func queue(name string) string {
	return "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: " + name + "\n"
}

func TestWhatCannotBeRunIsAnErrorWithItsPlace(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"file systems":      {function("FileSystemConfigs: [x]"), "t.yaml:6: Resources.F.Properties.FileSystemConfigs: the property cannot be run"},
		"image":             {function("PackageType: Image"), `t.yaml:6: Resources.F.Properties.PackageType: "Image"`},
		"inline code":       {function("InlineCode: x"), "Resources.F.Properties.InlineCode"},
		"code in S3":        {function("CodeUri: s3://bucket/key"), "Resources.F.Properties.CodeUri: the code is not on this machine"},
		"code in a bucket":  {function("CodeUri: {Bucket: b, Key: k}"), "Resources.F.Properties.CodeUri: the code"},
		"two architectures": {function("Architectures: [arm64, x86_64]"), "Resources.F.Properties.Architectures"},
		"another runtime": {
			"Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs22.x}}}",
			"t.yaml:1: Resources.F.Properties.Runtime: the runtime nodejs22.x",
		},
		"no runtime":       {"Resources: {F: {Type: AWS::Serverless::Function}}", "Resources.F: the function has no Runtime"},
		"turned off":       {function("ReservedConcurrentExecutions: 0"), "Resources.F.Properties.ReservedConcurrentExecutions"},
		"event of no type": {function("Events: {E: {Properties: {}}}"), `Resources.F.Properties.Events.E: the event has no Type`},
		"event's filter":   {function("Events: {E: {Type: SQS, Properties: {Queue: q, FilterCriteria: {}}}}"), "Events.E.Properties.FilterCriteria"},
		"event's queue":    {function("Events: {E: {Type: SQS}}"), "Events.E: the event names no Queue"},
		"response type":    {function("Events: {E: {Type: SQS, Properties: {Queue: q, FunctionResponseTypes: [x]}}}"), `no response type "x"`},
		"another API":      {function("Events: {E: {Type: HttpApi, Properties: {ApiId: other}}}"), "ApiId: there is no such API"},
		"path":             {function("Events: {E: {Type: HttpApi, Properties: {Path: '/{a+}/b'}}}"), `the path "/{a+}/b"`},
		"method":           {function("Events: {E: {Type: HttpApi, Properties: {Path: /, Method: fetch}}}"), `no method "FETCH"`},
		"same route":       {function("Events: {A: {Type: HttpApi}, B: {Type: HttpApi}}"), "Events.B: another event has the route ANY $default"},
		"authorizer":       {function("Events: {A: {Type: HttpApi, Properties: {Auth: {Authorizer: jwt}}}}"), "Auth.Authorizer: the API has no authorizer \"jwt\" that can be run on this machine"},
		"timeout":          {function("Timeout: 901"), `Resources.F.Properties.Timeout: "901" is not a number from 1 to 900`},
		"memory":           {function("MemorySize: lots"), `Resources.F.Properties.MemorySize: "lots"`},
		"null":             {function("Timeout:"), "Resources.F.Properties.Timeout: has no value"},
		"list for a text":  {function("Handler: [x]"), "Resources.F.Properties.Handler: must be a single value"},
		"URL's auth":       {function("FunctionUrlConfig: {}"), "FunctionUrlConfig: AuthType is missing"},
		"retries":          {function("EventInvokeConfig: {MaximumRetryAttempts: 3}"), "EventInvokeConfig.MaximumRetryAttempts"},
		"no destination":   {function("EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS}}}"), "OnFailure: Destination is missing"},
		"SNS destination":  {function("EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SNS, Destination: x}}}"), `OnFailure.Type: "SNS"`},
		"variable":         {function("Environment: {Variables: {'A=B': x}}"), "Variables.A=B: cannot be a variable"},
		"no name":          {"Resources: {A: {Type: AWS::DynamoDB::Table, Properties: {}}}", "the KeySchema names no HASH"},
		"undefined key": {
			"Resources: {A: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: pk, KeyType: HASH}]}}}",
			`the attribute "pk" of a key is not defined`,
		},
		"import":           {"Resources: {A: {Type: AWS::DynamoDB::Table, Properties: {ImportSourceSpecification: {}}}}", "A.Properties.ImportSourceSpecification"},
		"FIFO":             {"Resources: {A: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}}", "A.Properties.FifoQueue"},
		"not a boolean":    {"Resources: {A: {Type: AWS::SQS::Queue, Properties: {FifoQueue: maybe}}}", `"maybe" is neither`},
		"unknown type":     {"Resources:\n  B:\n    Type: AWS::Kinesis::Stream\n", "t.yaml:3: Resources.B.Type: a resource of type AWS::Kinesis::Stream"},
		"no type":          {"Resources: {B: {Properties: {}}}", "Resources.B: the resource has no Type"},
		"no resources":     {"Parameters: {}", "no Resources"},
		"not YAML":         {"Resources: [", "t.yaml:1: not YAML"},
		"empty":            {"", "t.yaml: the template is empty"},
		"not a mapping":    {"- x", "t.yaml:1: the template is not a mapping"},
		"repeated key":     {"Resources: {}\nResources: {}", `t.yaml:2: "Resources" is there twice`},
		"merge key":        {"a: &a {x: 1}\nb: {<<: *a}", "t.yaml:2: merge keys"},
		"a key of a list":  {"? [a]\n: b", "t.yaml:1: a key is not a plain text"},
		"alias of itself":  {"a: &a [*a]", "too large or nested too deep"},
		"output of nobody": {queue("q") + "Outputs: {O: {Value: !Ref X}}", `t.yaml:6: Outputs.O.Value: there is no parameter and no resource "X"`},
		"empty output":     {queue("q") + "Outputs: {O: {}}", "Outputs.O: the output has no Value"},
		"attribute":        {queue("q") + "Outputs: {O: {Value: !GetAtt Q.Depth}}", "Depth of Q: the attribute is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Parse("t.yaml", "/srv", []byte(tc.text), nil, template.Options{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %s", err, tc.want)
			}
			if place, ok := errors.AsType[*template.Error](err); !ok || place.File != "t.yaml" || errors.Unwrap(place) == nil {
				t.Errorf("the error has no place: %#v", err)
			}
		})
	}
}

func TestIntrinsicsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ expression, want string }{
		"unknown function":    {"!ImportValue x", "the intrinsic function ImportValue"},
		"long form":           {"{Fn::GetAZs: x}", "the intrinsic function GetAZs"},
		"Ref of nobody":       {"!Ref X", `no resource "X"`},
		"Ref of a list":       {"!Ref [X]", "Ref does not have the arguments"},
		"GetAtt of a word":    {"!GetAtt Q", "GetAtt does not have"},
		"GetAtt of nobody":    {"!GetAtt X.Arn", `no resource "X"`},
		"Sub of nobody":       {"!Sub '${X}'", `no resource "X"`},
		"Sub of an attribute": {"!Sub '${X.Arn}'", `no resource "X"`},
		"Sub of a map":        {"!Sub {a: b}", "Sub does not have"},
		"Sub of three":        {"!Sub [a, {}, c]", "Sub does not have"},
		"name of its own":     {"!Sub '${Q}'", "the name depends on itself"},
		"If of two":           {"!If [a, b]", "If does not have"},
		"If of nobody":        {"!If [a, b, c]", `no condition "a"`},
		"If of a list":        {"!If [[a], b, c]", "the name of a condition"},
		"Join of a text":      {"!Join ['', x]", "must be a list"},
		"Join of one":         {"!Join ['']", "Join does not have"},
		"Select of too few":   {"!Select [2, [a, b]]", `Select takes item "2" of a list of 2`},
		"Select of a word":    {"!Select [x, [a, b]]", `Select takes item "x"`},
		"Split of nothing":    {"!Split ['', x]", "Split has an empty delimiter"},
		"Split of a list":     {"!Split [',', [x]]", "must be a single value"},
		"Split for a text":    {"!Split [',', 'a,b']", "must be a single value"},
		"FindInMap of none":   {"!FindInMap [M, a, b]", "there is no Mappings.M.a.b"},
		"FindInMap of two":    {"!FindInMap [M, a]", "FindInMap does not have"},
		"a condition":         {"!Equals [a, b]", "a condition is used as a value"},
		"Base64 of a list":    {"!Base64 [x]", "must be a single value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Parse("t.yaml", "/srv", []byte(queue(tc.expression)), nil, template.Options{})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "t.yaml:5: Resources.Q.Properties.QueueName") {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

func TestConditionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ conditions, want string }{
		"circle":      {"{C: !Condition D, D: !Not [!Condition C]}", "Conditions.C: the condition depends on itself"},
		"none":        {"{D: !Equals [a, b]}", `there is no condition "C"`},
		"no function": {"{C: true}", "Conditions.C: is not a condition"},
		"Ref":         {"{C: !Ref AWS::Region}", "is not a condition"},
		"Equals of 1": {"{C: !Equals [a]}", "Equals does not have"},
		"Not of 2":    {"{C: !Not [!Equals [a, a], !Equals [a, a]]}", "Not does not have"},
		"And of 0":    {"{C: !And []}", "And does not have"},
		"of the made": {"{C: !Equals [!Ref Q, x]}", "depends on itself"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "Conditions: " + tc.conditions + "\nResources: {Q: {Type: AWS::SQS::Queue, Condition: C}}"
			if _, err := template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

func TestResourceThatIsNotMadeCannotBeNamed(t *testing.T) {
	t.Parallel()
	text := "Conditions: {C: !Equals [a, b]}\n" + queue("q") + "    Condition: C\nOutputs: {O: {Value: !Ref Q}}"
	_, err := template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{})
	if err == nil || !strings.Contains(err.Error(), `the resource "Q" is not made, by its condition`) {
		t.Errorf("got %v", err)
	}
}

func TestAllThatIsInvalidIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	text := function("Timeout: x\n      MemorySize: y\n      FileSystemConfigs: [z]")
	_, err := template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{})
	if err == nil || strings.Count(err.Error(), "t.yaml:") != 3 {
		t.Errorf("got %v", err)
	}
}

func TestTypoInWhatIsSkippedIsFound(t *testing.T) {
	t.Parallel()
	text := queue("q") + "  R: {Type: AWS::IAM::Role, Properties: {Policies: [{Resource: !Sub '${Tabel.Arn}/index/*'}]}}\n"
	_, err := template.Parse("t.yaml", "/srv", []byte(text), nil, template.Options{})
	if err == nil || !strings.Contains(err.Error(), `t.yaml:6: Resources.R.Properties.Policies[0].Resource: there is no parameter and no resource "Tabel"`) {
		t.Errorf("got %v", err)
	}
}
