package lambda

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter"
	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// Roles of a function.
const (
	RoleAll     = "all"
	RoleAdapter = "adapter"
	RoleVertex  = "vertex"
	RoleFailure = "failure"
)

// Defaults of a [Config].
const (
	// DefaultMaxWait is below the 30 s at which API Gateway cuts.
	DefaultMaxWait   = 28 * time.Second
	DefaultRetention = adapter.DefaultRetention
)

// Config is what the environment says of a function.
type Config struct {
	// Role is HOMING_ROLE: "all" (the default), "adapter", "vertex" or
	// "failure".
	Role string
	// Table is HOMING_TABLE, the DynamoDB table of the reply store.
	Table string
	// Arrivals is HOMING_ARRIVALS: the table has the index "arrivals".
	Arrivals bool
	// Retention is HOMING_KEEP: for how long a reply can be fetched after the
	// deadline of its request; 0 means [DefaultKeep].
	Retention time.Duration
	// Vertices is HOMING_VERTICES: which function runs which step.
	Vertices clambda.Vertices
	// Steps is HOMING_STEPS: what a vertex runs, as chain.step, chain.* or *;
	// none means all.
	Steps worker.Patterns
	// Tokens is HOMING_TOKENS: tenant=secret,tenant=secret.
	Tokens []adapter.Token
	// MaxWait is HOMING_MAX_WAIT: for how long a connection is held; 0 means
	// [DefaultMaxWait].
	MaxWait time.Duration
	// Stream is HOMING_STREAM: the sources, url and rest, whose answers are
	// streamed since their invoke mode is RESPONSE_STREAM.
	Stream []httpevent.Source
	// Poll is HOMING_POLL: what a second of a caller's waiting is worth in read
	// units.
	Poll poller.Price
	// DeadLetters is HOMING_DEAD_LETTERS: the URL of the dead-letter queue.
	DeadLetters string
	// Self is AWS_LAMBDA_FUNCTION_NAME: what a function with the role "all"
	// invokes for the calls that outlive their connection.
	Self string
}

// Names of the variables. HOMING_ROLE says which of the others are read.
const (
	varRole        = "HOMING_ROLE"
	varTable       = "HOMING_TABLE"
	varArrivals    = "HOMING_ARRIVALS"
	varKeep        = "HOMING_KEEP"
	varVertices    = "HOMING_VERTICES"
	varSteps       = "HOMING_STEPS"
	varTokens      = "HOMING_TOKENS"
	varMaxWait     = "HOMING_MAX_WAIT"
	varStream      = "HOMING_STREAM"
	varPoll        = "HOMING_POLL"
	varDeadLetters = "HOMING_DEAD_LETTERS"
	varSelf        = "AWS_LAMBDA_FUNCTION_NAME"
)

// Variables are the environment variables that a function with the role reads,
// by their names and in order, without those that Lambda and the SDK set and
// read themselves. It is nil for an unknown role.
func Variables(role string) []string {
	names := []string{varRole, varTable, varArrivals, varKeep}
	calls := []string{varTokens, varMaxWait, varStream, varPoll}
	switch role {
	case RoleAll:
		names = append(names, calls...)
	case RoleAdapter:
		names = append(append(names, calls...), varVertices)
	case RoleVertex:
		names = append(names, varVertices, varSteps)
	case RoleFailure:
		names = append(names, varDeadLetters)
	default:
		return nil
	}
	slices.Sort(names)
	return names
}

// FromEnv reads a Config. The error names every variable that is wrong or
// missing, and never a secret.
func FromEnv(getenv func(string) string) (Config, error) {
	e := environment{get: getenv}
	c := Config{Role: orElse(getenv(varRole), RoleAll)}
	known := Variables(c.Role)
	if known == nil {
		e.wrong("%s is %q; it can be all, adapter, vertex or failure", varRole, c.Role)
		return c, errors.Join(e.errs...)
	}
	readers := map[string]func(){
		varRole:        func() {},
		varTable:       func() { c.Table = e.required(varTable, "the DynamoDB table of the reply store") },
		varArrivals:    func() { c.Arrivals = e.truth(varArrivals) },
		varKeep:        func() { c.Retention = e.duration(varKeep, DefaultRetention) },
		varMaxWait:     func() { c.MaxWait = e.duration(varMaxWait, DefaultMaxWait) },
		varVertices:    func() { c.Vertices = parse(&e, varVertices, clambda.ParseVertices) },
		varSteps:       func() { c.Steps = list(getenv(varSteps)) },
		varTokens:      func() { c.Tokens = parse(&e, varTokens, adapter.ParseTokens) },
		varStream:      func() { c.Stream = parse(&e, varStream, parseStream) },
		varPoll:        func() { c.Poll = parse(&e, varPoll, parsePoll) },
		varDeadLetters: func() { c.DeadLetters = e.required(varDeadLetters, "the URL of the dead-letter queue") },
	}
	for _, name := range known {
		readers[name]()
	}
	if c.Role == RoleAll {
		c.Self = e.required(varSelf, "the name of this function, which Lambda sets")
	}
	if c.Role == RoleAdapter && !c.Vertices.Any() && len(e.errs) == 0 {
		e.wrong("%s is missing: which function runs which step, such as *=NAME", varVertices)
	}
	return c, errors.Join(e.errs...)
}

// environment reads variables and gathers what is wrong with them.
type environment struct {
	get  func(string) string
	errs []error
}

func (e *environment) wrong(format string, args ...any) {
	e.errs = append(e.errs, fmt.Errorf(format, args...))
}

func (e *environment) required(name, what string) string {
	v := e.get(name)
	if v == "" {
		e.wrong("%s is missing: %s", name, what)
	}
	return v
}

func (e *environment) duration(name string, otherwise time.Duration) time.Duration {
	v := e.get(name)
	if v == "" {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		e.wrong("%s is %q, not a time above zero such as 28s", name, v)
	}
	return d
}

func (e *environment) truth(name string) bool {
	v := e.get(name)
	if v == "" {
		return false
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		e.wrong("%s is %q; it can be true or false", name, v)
	}
	return b
}

// parse reads a variable by read, whose error does not show a secret.
func parse[T any](e *environment, name string, read func(string) (T, error)) T {
	v, err := read(e.get(name))
	if err != nil {
		e.wrong("%s: %w", name, err)
	}
	return v
}

func parseStream(s string) ([]httpevent.Source, error) {
	var out []httpevent.Source
	for _, name := range list(s) {
		switch name {
		case httpevent.URL.String():
			out = append(out, httpevent.URL)
		case httpevent.REST.String():
			out = append(out, httpevent.REST)
		default:
			return nil, fmt.Errorf("%q cannot be streamed to; it can be url, rest or url,rest", name)
		}
	}
	return out, nil
}

func parsePoll(s string) (poller.Price, error) {
	if s == "" {
		var balanced poller.Price
		return balanced, nil
	}
	return poller.ParsePrice(s) //nolint:wrapcheck // says what can be written
}

func list(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
