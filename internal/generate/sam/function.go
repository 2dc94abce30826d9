package sam

import "strings"

// function is a Lambda before it is text. Values are YAML.
type function struct {
	ID, Suffix  string // logical id, and the end of the name
	Condition   string // of the template; "" if it is always there
	About       string // the comment above it
	Description string // what the console shows

	Memory, Timeout string
	Concurrency     string // that is reserved; "" for none
	EventAge        int    // seconds that an event may wait for it
	Environment     []variable
	Statements      []statement
	Permissions     []string // of its steps, as YAML in a line
	BodyActions     string   // what it may do with objects of the bucket, if there is one

	API, URL    bool  // takes calls from the HTTP API, from a function URL
	APIMillis   int64 // after which the API gives up
	KeepsEvents bool  // takes what other functions could not do

	alarmAfter     string // milliseconds of a run that are too many, as YAML
	asyncCondition string // when it is invoked asynchronously; "" if always
	neverAsync     bool
	isStep         bool // one of several of a chain, which share their alarms
}

// variable of the environment.
type variable struct{ Name, Value string }

// statement allows actions on resources.
type statement struct {
	Action    string
	Resources []string
}

// Single reports whether the statement is about one resource.
func (s statement) Single() bool { return len(s.Resources) == 1 }

// AgeNote explains an EventAge that no deadline has.
func (f function) AgeNote() string {
	if f.EventAge == seconds(minEventAge) {
		return ", or the minute that Lambda takes at least"
	}
	return ""
}

const noValue = "!Ref AWS::NoValue"

// when is a value that is there if a condition holds.
func when(condition, value string) string { return either(condition, value, noValue) }

func either(condition, then, otherwise string) string {
	return "!If [" + condition + ", " + then + ", " + otherwise + "]"
}

func arn(id string) string { return "!GetAtt " + id + ".Arn" }

// logging allows a function to write its log.
func logging(id string) statement {
	return statement{"[logs:CreateLogStream, logs:PutLogEvents]", []string{arn(id + "Logs")}}
}

// onTable allows operations on the table of replies, if there is one.
func (d *deployment) onTable(operations ...string) []statement {
	if d.redis {
		return nil
	}
	return []statement{{"[dynamodb:" + strings.Join(operations, ", dynamodb:") + "]", []string{arn("Replies")}}}
}

// tenant is who shows the token that the stack makes.
const tenant = "caller"

// callers are who may call. Secrets are dynamic references, which CloudFormation
// resolves.
func callers() []variable {
	secret := func(parameter string) string { return `!Sub "{{resolve:secretsmanager:${` + parameter + `}}}"` }
	made := `!Sub "` + tenant + `={{resolve:secretsmanager:${Token}}}"`
	return []variable{
		{"HOMING_TOKENS", either("HasTokenSecret", secret("TokenSecret"), when("MakesToken", made))},
		{"HOMING_AUTHORIZER", "!Ref Authorizer"},
		{"HOMING_JWT_TENANT", "!Ref JwtTenant"},
		{"HOMING_LINK_KEYS", when("HasLinkKeys", secret("LinkKeysSecret"))},
		{"HOMING_TRUSTED_PROXIES", when("HasTrustedProxies", "!Ref TrustedProxies")},
	}
}

// hasBucket is the condition of the bucket for data that is too large for an event.
const hasBucket = "HasBucket"

// bodies is where that data goes.
func bodies() variable {
	return variable{"HOMING_BODIES", either(hasBucket, `!Sub "s3://${Bodies}"`, "store")}
}

// bodyActions allows to do operations on objects.
func bodyActions(operations ...string) string {
	return "[s3:" + strings.Join(operations, ", s3:") + "]"
}

// looking allows to look for replies in the table, and in the index of arrivals
// if there is one.
func (d *deployment) looking() []statement {
	if d.redis {
		return nil
	}
	return []statement{{"dynamodb:Query", []string{arn("Replies"), when("HasArrivals", `!Sub "${Replies.Arn}/index/`+indexName+`"`)}}}
}

// invoking allows to invoke functions.
func invoking(arns ...string) statement { return statement{"lambda:InvokeFunction", arns} }
