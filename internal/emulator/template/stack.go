package template

import "time"

// Stack is what a template declares. Its slices are in the order of the
// template, and it is not changed after [Load].
type Stack struct {
	// Name, Region and Account are those of [Options].
	Name, Region, Account string
	// Dir is the absolute folder of the template.
	Dir       string
	Functions []Function
	APIs      []API
	Tables    []Table
	Queues    []Queue
	Buckets   []Bucket `json:",omitempty"` //nolint:tagliatelle // as the others, which have no tag
	Secrets   []Secret `json:",omitempty"` //nolint:tagliatelle // the same
	Triggers  []Trigger
	Outputs   []Output
	// Ignored are the properties that a developer may miss on this machine,
	// each with its place.
	Ignored []string
}

// Function is an AWS::Serverless::Function.
type Function struct {
	// ID is the logical id, Name the name, ARN the ARN.
	ID, Name, ARN string
	// Dir is the absolute folder that CodeUri names.
	Dir string
	// Handler is the handler's name; the executable of a provided runtime is
	// called bootstrap whatever it is.
	Handler string
	// Architecture is "x86_64" or "arm64".
	Architecture string
	// BuildMethod is that of the resource's Metadata, such as "makefile"; ""
	// if there is none.
	BuildMethod string
	// Environment are its variables.
	Environment map[string]string
	// Timeout of an invocation; never 0.
	Timeout time.Duration
	// MemoryMB is the memory in MiB; never 0.
	MemoryMB int
	// Reserved is the reserved concurrency; 0 means that none is reserved.
	Reserved int
	// Retries and MaxAge are for events of asynchronous calls.
	Retries int
	MaxAge  time.Duration
	// OnFailure, OnSuccess and DeadLetter are ARNs; "" means none.
	OnFailure, OnSuccess, DeadLetter string
	// Queues are the queues that it is fed from.
	Queues []EventSource
	// URL is its Function URL; nil means none.
	URL *FunctionURL
}

// FunctionURL is a FunctionUrlConfig.
type FunctionURL struct {
	// URL is the address on AWS.
	URL string
	// Streaming is set if InvokeMode is RESPONSE_STREAM.
	Streaming bool
	// IAM is set if AuthType is AWS_IAM: calls must be signed.
	IAM bool
}

// EventSource is an event of type SQS.
type EventSource struct {
	// Queue is the ARN of the queue.
	Queue string
	// BatchSize is the greatest number of messages of one call; never 0.
	BatchSize int
	// Window is how long messages are gathered for a batch.
	Window time.Duration
	// Concurrency is the greatest number of calls at once; 0 means no limit of
	// its own.
	Concurrency int
	// ReportFailures is set if the function answers which messages failed
	// (ReportBatchItemFailures).
	ReportFailures bool
}

// Trigger is what invokes a function with an event that is sent here by hand: a target
// of a rule of EventBridge, a schedule, a subscription to a topic, or an event of
// a function.
type Trigger struct {
	// ID is the logical id of the rule, the schedule or the topic, or for an event of a
	// function both names, as SAM puts them together.
	ID   string
	Kind TriggerKind
	// Function is the ARN of the function that it invokes; of a topic it may be that of a
	// queue instead.
	Function string
	// Topic is the ARN of a topic, and Raw is set if a queue gets its messages alone.
	Topic string
	Raw   bool
	// Input is what the function gets; "" means the event, or what Template makes
	// of it.
	Input string
	// Template is an InputTemplate with <NAME> for values of the event, "" for
	// none, and Paths are where those are, such as "$.detail.id", by their names.
	Template string
	Paths    map[string]string
}

// TriggerKind is what is sent to a [Trigger].
type TriggerKind string

// The kinds of triggers.
const (
	// Event is one as its service sends it; this is for rules, and for all else.
	Event TriggerKind = ""
	// Scheduled is a schedule, for which nothing need be sent.
	Scheduled TriggerKind = "schedule"
	// Message is that of a topic.
	Message TriggerKind = "message"
)

// Kind of an [API].
type Kind string

// The kinds of an API.
const (
	HTTP Kind = "http" // AWS::Serverless::HttpApi
	REST Kind = "rest" // AWS::Serverless::Api
)

// API is an HTTP API or a REST API, declared or made by SAM for events that
// name none.
type API struct {
	// ID is the logical id, APIID the id in its address.
	ID, APIID string
	Kind      Kind
	// URL is the address on AWS, without stage and slash at its end.
	URL string
	// Stage is the name of its stage; "$default" has no part in paths.
	Stage  string
	Routes []Route
	// Throttle is that of DefaultRouteSettings.
	Throttle Throttle
}

// Route leads to a function.
type Route struct {
	// Method is upper case, or "ANY".
	Method string
	// Path may hold {name} and, at its end, {name+}; "$default" takes what no
	// other route takes.
	Path string
	// Function is the name of the function.
	Function string
	// Payload is the version of the event: "1.0" or "2.0".
	Payload string
	// Timeout of the integration; 0 means the platform's.
	Timeout time.Duration
	// Throttle is that of the route's own settings; zero means the API's.
	Throttle Throttle
	// Authorizer is who may call it; nil means everybody.
	Authorizer *Authorizer `json:",omitempty"` //nolint:tagliatelle // as the others, which have no tag
}

// Authorizer is what API Gateway checks before it calls a function: a JWT, or, if there
// is no issuer, the signature of AWS.
type Authorizer struct {
	Issuer   string
	Audience []string
	// Scopes are those of which a token must have one; none means that any will do.
	Scopes []string
}

// Throttle is a token bucket. The zero value does not limit.
type Throttle struct {
	// Rate is the number of calls per second, Burst how many may come at once.
	Rate  float64
	Burst int
}

// Table is an AWS::DynamoDB::Table or an AWS::Serverless::SimpleTable.
type Table struct {
	ID, Name, ARN string
	// Attributes are the types of the key attributes: "S", "N" or "B".
	Attributes map[string]string
	Key        Key
	Indexes    []Index
	// TTL is the attribute with the time when an item may go; "" means none.
	TTL string
}

// Key of a table or an index. Range is "" if it has none.
type Key struct{ Hash, Range string }

// Index is a secondary index.
type Index struct {
	Name  string
	Key   Key
	Local bool
	// Projection is "ALL", "KEYS_ONLY" or "INCLUDE"; NonKey are the attributes
	// of the last.
	Projection string
	NonKey     []string
}

// Queue is an AWS::SQS::Queue.
type Queue struct {
	ID, Name, ARN, URL string
	// Visibility is its VisibilityTimeout, Retention its
	// MessageRetentionPeriod; neither is 0 unless written so.
	Visibility, Retention time.Duration
	// DeadLetter is the ARN of the queue that takes what was received
	// MaxReceives times in vain; "" means none.
	DeadLetter  string
	MaxReceives int
}

// Secret is an AWS::SecretsManager::Secret. Text is what is in it; it is made here if
// the template has it made on AWS.
type Secret struct{ ID, Name, ARN, Text string }

// Output is an entry of Outputs.
type Output struct{ Name, Description, Value string }

// Function finds a function by its logical id, name or ARN.
func (s Stack) Function(name string) (Function, bool) {
	for _, f := range s.Functions {
		if f.ID == name || f.Name == name || f.ARN == name {
			return f, true
		}
	}
	return Function{}, false
}

// Queue finds a queue by its logical id, name or ARN.
func (s Stack) Queue(name string) (Queue, bool) {
	for _, q := range s.Queues {
		if q.ID == name || q.Name == name || q.ARN == name {
			return q, true
		}
	}
	return Queue{}, false
}
