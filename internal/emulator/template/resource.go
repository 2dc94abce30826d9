package template

import (
	"slices"
	"strings"
)

// Types of the resources that are run.
const (
	typeFunction    = "AWS::Serverless::Function"
	typeHTTPAPI     = "AWS::Serverless::HttpApi"
	typeRESTAPI     = "AWS::Serverless::Api"
	typeSimpleTable = "AWS::Serverless::SimpleTable"
	typeTable       = "AWS::DynamoDB::Table"
	typeQueue       = "AWS::SQS::Queue"
	typeBucket      = "AWS::S3::Bucket"
	typeMapping     = "AWS::Lambda::EventSourceMapping"
	typeTopic       = "AWS::SNS::Topic"
	typeSubscribed  = "AWS::SNS::Subscription"
	typeRule        = "AWS::Events::Rule"
	typeSchedule    = "AWS::Scheduler::Schedule"
	typeURL         = "AWS::Lambda::Url"            // made by SAM, or written
	typeSecret      = "AWS::SecretsManager::Secret" //nolint:gosec // a type
	typeRole        = "AWS::IAM::Role"              // made by SAM, and written
)

// Logical ids of what SAM makes for events that name no API.
const (
	implicitHTTP = "ServerlessHttpApi"
	implicitREST = "ServerlessRestApi"
)

// harmless begins the types of resources that only watch or allow something.
func harmless(kind string) bool {
	for _, prefix := range []string{
		"AWS::CloudWatch::", "AWS::Logs::", "AWS::IAM::", "AWS::Lambda::Permission", "AWS::SQS::QueuePolicy", "AWS::SNS::",
		"AWS::KMS::", "AWS::XRay::", "AWS::ApplicationAutoScaling::", "AWS::Budgets::", "AWS::ResourceGroups::", "AWS::CodeDeploy::",
		"AWS::CloudFormation::WaitConditionHandle", "AWS::SSM::Parameter", "AWS::ApplicationInsights::", "AWS::Scheduler::ScheduleGroup",
	} {
		if strings.HasPrefix(kind, prefix) {
			return true
		}
	}
	return false
}

// resource is a resource as it is written, or one that SAM makes.
type resource struct {
	value

	id, kind string
	// of is the function of a Function URL.
	of string
}

func (r resource) properties() value { return r.raw("Properties") }

// readResources returns the resources by their logical ids, and those that SAM
// makes of them, unless the template has its own of the name.
func (e *evaluator) readResources() map[string]resource {
	all := map[string]resource{}
	fields := e.root.raw("Resources").fields()
	for _, f := range slices.Backward(fields) { // the first one makes the API
		if f.plain("Type") == typeFunction {
			for _, r := range madeOf(f) {
				all[r.id] = r
			}
		}
	}
	for _, f := range fields {
		all[f.name] = resource{id: f.name, kind: f.plain("Type"), value: f.value}
	}
	return all
}

// madeOf are the resources that SAM makes of a function.
func madeOf(f field) []resource {
	made := []resource{
		{id: f.name + "Role", kind: typeRole, value: f.value},
		{id: f.name + "Url", kind: typeURL, value: f.value, of: f.name},
	}
	for _, event := range f.raw("Properties").raw("Events").fields() {
		switch event.plain("Type") {
		case "HttpApi":
			made = append(made, resource{id: implicitHTTP, kind: typeHTTPAPI, value: value{path: f.path}})
		case "Api":
			made = append(made, resource{id: implicitREST, kind: typeRESTAPI, value: value{path: f.path}})
		}
	}
	return made
}

// builder adds resources to a stack.
type builder struct {
	reader

	stack *Stack
	// apis are the places of the APIs in the stack, by their logical ids.
	apis map[string]int
	// guards are the authorizers of the APIs, in their order.
	guards []guard
}

// stack reads all that is run.
func (e *evaluator) stack() (Stack, error) {
	s := Stack{Name: e.options.StackName, Region: e.options.Region, Account: e.options.Account, Dir: e.dir}
	b := builder{reader: reader{e: e}, stack: &s, apis: map[string]int{}}
	resources := e.root.raw("Resources")
	if len(resources.fields()) == 0 {
		return Stack{}, e.invalid(e.root, "the template has no Resources")
	}
	var functions, mappings, urls []resource
	for _, f := range resources.fields() {
		switch r := e.resources[f.name]; {
		case !attempt(&b.reader, e.conditional, r.value):
		case r.kind == typeFunction:
			functions = append(functions, r) // their events need the APIs
		case r.kind == typeMapping:
			mappings = append(mappings, r) // which need the functions
		case r.kind == typeURL:
			urls = append(urls, r) // the same
		default:
			b.add(r)
		}
	}
	for _, f := range functions {
		b.function(f)
	}
	for _, u := range urls {
		b.url(u)
	}
	for _, m := range mappings {
		b.mapping(m)
	}
	b.outputs()
	s.Ignored = e.ignored
	if err := joined(b.errs); err != nil {
		return Stack{}, err
	}
	return s, nil
}

func (b *builder) add(r resource) {
	switch {
	case r.kind == typeHTTPAPI || r.kind == typeRESTAPI:
		b.api(r)
	case r.kind == typeTable:
		b.table(r)
	case r.kind == typeSimpleTable:
		b.simpleTable(r)
	case r.kind == typeQueue:
		b.queue(r)
	case r.kind == typeBucket:
		b.bucket(r)
	case r.kind == typeSecret:
		b.secret(r)
	case r.kind == typeRule:
		b.rule(r)
	case r.kind == typeSchedule:
		b.schedule(r)
	case r.kind == typeTopic:
		b.topic(r)
	case r.kind == typeSubscribed:
		b.subscription(r)
	case strings.HasSuffix(r.kind, "::LayerVersion"):
		b.e.ignored = append(b.e.ignored, r.path)
	case harmless(r.kind):
	case r.kind == "":
		b.invalid(r.value, "the resource has no Type")
	default:
		b.invalid(r.raw("Type"), "a resource of type %s cannot be run on this machine; leave it out here by a Condition on a parameter", r.kind)
	}
}

// identity returns the name and the ARN of a resource.
func (b *builder) identity(r resource) (name, arn string) {
	return attempt(&b.reader, b.e.name, r), attempt(&b.reader, b.e.arn, r)
}

// outputs reads Outputs, but for those whose condition does not hold.
func (b *builder) outputs() {
	for _, o := range b.e.root.raw("Outputs").fields() {
		if !attempt(&b.reader, b.e.conditional, o.value) {
			continue
		}
		if !o.raw("Value").there() {
			b.invalid(o.value, "the output has no Value")
		}
		b.stack.Outputs = append(b.stack.Outputs, Output{
			Name: o.name, Value: b.text(o.value, "Value", ""), Description: b.text(o.value, "Description", ""),
		})
	}
}
