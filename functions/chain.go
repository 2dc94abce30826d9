package functions

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Defaults of a [Chain].
const (
	// DefaultTimeout is the deadline of a call whose chain sets none. It stays
	// below the 29 s and 30 s at which API gateways and func's server cut.
	DefaultTimeout = 25 * time.Second
	// DefaultAsyncTimeout is the deadline of a call with
	// "Prefer: respond-async" whose chain sets none.
	DefaultAsyncTimeout = 15 * time.Minute
)

// Chain is an ordered list of steps with a route. It is usually declared in
// chain.yaml; the tags of the fields, here and below, are what package chainfile
// reads them by.
type Chain struct {
	// Name of the chain: letters, digits and dashes.
	Name string `rule:"dashed" yaml:"name,required"`
	// Description is shown in the OpenAPI document and by the command line.
	Description string `yaml:"description"`
	// Method and Path are the route, one text in chain.yaml.
	Method string `rule:"route" yaml:"route,required"`
	Path   string
	// Type is the CloudEvents type of a request's event; POST /events finds
	// the chain by it. Empty means "homing.<name>".
	Type string `rule:"word" yaml:"type"`
	// Timeout is how long a reply is wanted, from the request on; 0 means
	// [DefaultTimeout].
	Timeout time.Duration `yaml:"timeout"`
	// AsyncTimeout is the same for a call with "Prefer: respond-async"; 0
	// means the greater of Timeout and [DefaultAsyncTimeout].
	AsyncTimeout time.Duration `yaml:"asyncTimeout"`
	// MaxBody is the largest request body in bytes; 0 means the adapter's limit.
	MaxBody int64 `yaml:"maxBody"`
	// Headers is the allow-list of request headers that reach a function.
	Headers []string `rule:"header" yaml:"headers"`
	// Tenants are the names of the tokens that may call the chain; none means
	// any token.
	Tenants []string `rule:"word" yaml:"tenants"`
	// Scopes are what a JWT needs, see [Scopes].
	Scopes Scopes `yaml:"scopes"`
	// Priority is [PriorityHigh], [PriorityNormal], which is the default, or
	// [PriorityLow]: under overload the lowest is refused first, see adapter.Config.
	Priority string `rule:"priority" yaml:"priority"`
	// Rate is how many calls of the chain may come.
	Rate Rate `yaml:"rate"`
	// Concurrency is how many calls of the chain may run at once; 0 means any number.
	Concurrency int `most:"1000000" yaml:"concurrency"`
	// Backlog is how many calls with "Prefer: respond-async" may have been accepted whose
	// replies have not come; 0 means any number.
	Backlog int `most:"1000000" yaml:"backlog"`
	// Progress asks for progress events where they cost writes; inline they
	// are free and always there.
	Progress bool `yaml:"progress"`
	// Consumes are the media types that the chain takes; none means any. A body of
	// another one is refused.
	Consumes []string `items:"media types" rule:"media" yaml:"consumes"`
	// Produces are media types, and Query the parameters of the query, for the
	// OpenAPI document.
	Produces []string `items:"media types" rule:"media" yaml:"produces"`
	Query    []Param  `items:"parameters"  yaml:"query"`
	// CORS are the pages of other origins that may call the chain.
	CORS CORS `yaml:"cors"`
	// Env are variables with their defaults. ${NAME} in a step's URL, Headers and
	// Run stands for what the environment has, and else for the default.
	Env map[string]string `keys:"variable" rule:"default" yaml:"env"`
	// Secrets are the names of variables that have no default and whose values are
	// never shown.
	Secrets []string `rule:"variable" yaml:"secrets"`
	// Steps run in order.
	Steps []Step `yaml:"steps,required"`
}

// Scopes are the scopes (RFC 6749 section 3.3) that a caller needs who shows a JWT, or
// whom an authorizer of the platform has let in; "" means none. Who has a token of
// HOMING_TOKENS needs none.
type Scopes struct {
	// Call is for calling the chain.
	Call string `rule:"scope" yaml:"call"`
	// Fetch is for fetching a reply of it, or following its progress, later.
	Fetch string `rule:"scope" yaml:"fetch"`
	// Cancel is for cancelling a request of it.
	Cancel string `rule:"scope" yaml:"cancel"`
}

// Param describes a parameter of the query.
type Param struct {
	Name string `rule:"word" yaml:"name,required"`
	// Type is a JSON Schema type: "string", "integer", "number" or "boolean".
	Type        string `rule:"param"       yaml:"type"`
	Description string `yaml:"description"`
	// Required means that a call without it is refused by the chain.
	Required bool `yaml:"required"`
}

// Step is a function with a name and a policy.
type Step struct {
	// Name of the step, unique in its chain.
	Name string `rule:"step" yaml:"name"`
	// Uses is the name under which the function is known.
	Uses string `rule:"function" yaml:"function"`
	// Function does the work.
	Function Function
	// In and Out are what the function reads and writes as JSON, for the OpenAPI
	// document; nil if it does not say so, as [Typed] does. [Map.WithTypes] sets them.
	In, Out reflect.Type
	// URL is where a step runs that has no Function: any server that takes a
	// CloudEvent by POST and returns one. It may hold ${NAME}, see [Chain.Env].
	URL string `rule:"url" yaml:"url"`
	// Answers is what such a step answers: [AnswersEvent], which is the default, or
	// [AnswersJSON].
	Answers string `rule:"answers" yaml:"answers"`
	// Headers are sent to it with every event. Their values may hold ${NAME}.
	Headers map[string]string `keys:"stepHeader" rule:"stepHeaderValue" yaml:"headers"`
	// Auth is how Homing proves to it who it is.
	Auth Auth `yaml:"auth"`
	// Run is the command that starts it in development, and nowhere else.
	Run string `rule:"command" yaml:"run"`
	// Permissions are what the process that runs the step may do on AWS.
	Permissions []Permission `yaml:"permissions"`
	// Remote is what URL and Headers stand for in a process that runs the step; nil
	// if they stand for themselves.
	Remote *Remote
	// Policy is how it is run.
	Policy Policy `yaml:",inline"`
}

// Policy is how a step is run. The zero value is a plain call.
type Policy struct {
	// Timeout of one attempt; 0 means none but the chain's deadline. At the
	// timeout the function's context ends, and the step fails at once even
	// if the function does not return.
	Timeout     time.Duration `yaml:"timeout"`
	Retry       Retry         `yaml:"retry"`
	Concurrency Concurrency   `yaml:"concurrency"`
	Breaker     Breaker       `yaml:"breaker"`
}

// Retry repeats an attempt that failed with a status that may pass: 408, 425,
// 429, 500 and above, a timeout, or an error without a status. A panic and a
// definite answer are not repeated. The pause grows from Delay by a factor of
// two up to MaxDelay, is varied by Jitter, is at least what the error's
// RetryAfter asks for, and never ends after the deadline.
type Retry struct {
	// Attempts in all, the first one included; 0 and 1 mean no retry. With 0 a
	// step at a URL is still tried again while it has not got the event: its
	// connection was refused, or it answered 503 with Retry-After.
	Attempts int `most:"100" yaml:"attempts,required"`
	// Delay before the second attempt; 0 means 50 ms.
	Delay time.Duration `yaml:"delay"`
	// MaxDelay caps the pause; 0 means 2 s.
	MaxDelay time.Duration `yaml:"maxDelay"`
	// Jitter varies the pause by up to this part of it, 0 to 1; 0 means 0.2.
	Jitter float64 `most:"1" yaml:"jitter"`
}

// Concurrency limits how many calls of a step run at once in a process.
type Concurrency struct {
	// Max is the limit; 0 means none.
	Max int `most:"1000000" yaml:"max,required"`
	// Adaptive finds the limit between 1 and Max from the latency it sees.
	Adaptive bool `yaml:"adaptive"`
	// Wait is how long a call waits for a permit; 0 means until the deadline.
	// After it the caller gets 429.
	Wait time.Duration `yaml:"wait"`
}

// Breaker stops calling a step that keeps failing: the circuit breaker. The
// caller then gets 503 with Retry-After.
type Breaker struct {
	// Failures that open it, of the last Of calls; 0 means no breaker.
	Failures int `most:"1000000" yaml:"failures,required"`
	// Of is the number of calls looked at; 0 means the same as Failures.
	Of int `most:"1000000" yaml:"of"`
	// Delay until one call is let through to try; 0 means 5 s.
	Delay time.Duration `yaml:"delay"`
}

// WithDefaults returns the chain with what is empty filled in.
func (c Chain) WithDefaults() Chain {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.AsyncTimeout == 0 {
		c.AsyncTimeout = max(c.Timeout, DefaultAsyncTimeout)
	}
	if c.Type == "" {
		c.Type = "homing." + c.Name
	}
	c.Rate = c.Rate.WithDefaults()
	return c
}

// Validate returns everything that is invalid about the chain.
func (c Chain) Validate() error {
	var errs []error
	invalid := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Name == "" {
		invalid("the chain has no name")
	}
	if c.Method == "" || !strings.HasPrefix(c.Path, "/") {
		invalid("chain %q: the route %q is not METHOD /path", c.Name, strings.TrimSpace(c.Method+" "+c.Path))
	}
	if min(c.Timeout, c.AsyncTimeout) < 0 {
		invalid("chain %q: a timeout is negative", c.Name)
	}
	if len(c.Steps) == 0 {
		invalid("chain %q has no steps", c.Name)
	}
	if err := c.CORS.Validate(); err != nil {
		invalid("chain %q: cors: %w", c.Name, err)
	}
	if err := c.Rate.Validate(); err != nil {
		invalid("chain %q: rate: %w", c.Name, err)
	}
	if min(c.Concurrency, c.Backlog) < 0 {
		invalid("chain %q: a number of calls is negative", c.Name)
	}
	if err := CheckPriority(c.Priority); err != nil {
		invalid("chain %q: %w", c.Name, err)
	}
	seen := map[string]bool{}
	for i, s := range c.Steps {
		switch {
		case s.Name == "":
			invalid("chain %q: step %d has no name", c.Name, i+1)
		case seen[s.Name]:
			invalid("chain %q: two steps are named %q", c.Name, s.Name)
		case s.Function == nil && s.URL == "" && s.Run == "":
			invalid("chain %q: step %q has neither function nor URL", c.Name, s.Name)
		}
		seen[s.Name] = true
		if s.Policy.negative() {
			invalid("chain %q: step %q has a negative number in its policy", c.Name, s.Name)
		}
	}
	attrs := map[string]string{}
	for _, h := range c.Headers {
		attr := HeaderAttr(h)
		if other, taken := attrs[attr]; taken {
			invalid("chain %q: headers %q and %q would share the attribute %q", c.Name, other, h, attr)
		}
		attrs[attr] = h
		switch attr {
		case AttrHTTPMethod, AttrHTTPPath, AttrHTTPRoute, AttrHTTPQuery, AttrHTTPStatus, AttrHTTPHeaders, "http":
			invalid("chain %q: header %q cannot be carried, its attribute is taken", c.Name, h)
		}
	}
	return errors.Join(errs...)
}

func (p Policy) negative() bool {
	return min(p.Timeout, p.Retry.Delay, p.Retry.MaxDelay, p.Concurrency.Wait, p.Breaker.Delay) < 0 ||
		min(p.Retry.Attempts, p.Concurrency.Max, p.Breaker.Failures, p.Breaker.Of) < 0 || p.Retry.Jitter < 0
}
