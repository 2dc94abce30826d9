package lambda

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/homing-dev/homing/adapter"
	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/internal/basepath"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/runtimes/internal/environment"
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

// Config is the configuration of a function.
type Config struct {
	// Role is HOMING_ROLE: "all" (the default), "adapter", "vertex" or
	// "failure".
	Role string
	// Table is HOMING_TABLE, the DynamoDB table of the reply store.
	Table string
	// Arrivals is HOMING_ARRIVALS: the table has the index "arrivals".
	Arrivals bool
	// Retention is HOMING_KEEP: for how long a reply can be fetched after the
	// deadline of its request; 0 means [DefaultRetention].
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
	// BasePath is HOMING_BASE_PATH: see adapter.Config.
	BasePath string
	// Stream is HOMING_STREAM: the sources, url and rest, whose answers are
	// streamed since their invoke mode is RESPONSE_STREAM.
	Stream []httpevent.Source
	// Poll is HOMING_POLL: what a second of a caller's waiting is worth in read
	// units; 0 means balanced.
	Poll poller.Price
	// DeadLetters is HOMING_DEAD_LETTERS: the URL of the dead-letter queue.
	DeadLetters string
	// Self is AWS_LAMBDA_FUNCTION_NAME: what a function with the role "all"
	// invokes for the calls that outlive their connection.
	Self string
}

// Variables that messages of other files name.
const (
	varRole     = "HOMING_ROLE"
	varVertices = "HOMING_VERTICES"
	varSteps    = "HOMING_STEPS"
	varSelf     = "AWS_LAMBDA_FUNCTION_NAME"
)

// Variables are the environment variables that a function with the role reads,
// by their names and in order, without those that Lambda and the SDK set and
// read themselves. It is nil for an unknown role.
func Variables(role string) []string {
	names := []string{varRole}
	c, _ := FromEnv(func(name string) string {
		if name == varRole {
			return role
		}
		if name != varSelf {
			names = append(names, name)
		}
		return ""
	})
	if !c.knownRole() {
		return nil
	}
	slices.Sort(names)
	return names
}

func (c Config) knownRole() bool {
	return slices.Contains([]string{RoleAll, RoleAdapter, RoleVertex, RoleFailure}, c.Role)
}

// FromEnv reads a Config. The error names every variable that is invalid or
// missing, and never a secret.
func FromEnv(getenv func(string) string) (Config, error) {
	e := environment.Reader{Getenv: getenv}
	c := Config{Role: cmp.Or(getenv(varRole), RoleAll)}
	if !c.knownRole() {
		e.Invalid("%s is %q; it can be all, adapter, vertex or failure", varRole, c.Role)
		return c, e.Err()
	}
	c.Table = e.Required("HOMING_TABLE", "the DynamoDB table of the reply store")
	c.Arrivals = e.Bool("HOMING_ARRIVALS")
	c.Retention = e.Duration("HOMING_KEEP", DefaultRetention)
	if c.Role == RoleAll || c.Role == RoleAdapter {
		c.Tokens = environment.Parse(&e, "HOMING_TOKENS", adapter.ParseTokens)
		c.MaxWait = e.Duration("HOMING_MAX_WAIT", DefaultMaxWait)
		c.BasePath = environment.Parse(&e, "HOMING_BASE_PATH", basepath.Parse)
		c.Stream = environment.Parse(&e, "HOMING_STREAM", parseStream)
		c.Poll = environment.Parse(&e, "HOMING_POLL", poller.ParsePrice)
	}
	if c.Role == RoleAdapter || c.Role == RoleVertex {
		c.Vertices = environment.Parse(&e, varVertices, clambda.ParseVertices)
	}
	switch c.Role {
	case RoleAll:
		c.Self = e.Required(varSelf, "the name of this function, which Lambda sets")
	case RoleAdapter:
		if !c.Vertices.Any() && e.Err() == nil {
			e.Invalid("%s is missing: which function runs which step, such as *=NAME", varVertices)
		}
	case RoleVertex:
		c.Steps = e.List(varSteps)
	case RoleFailure:
		c.DeadLetters = e.Required("HOMING_DEAD_LETTERS", "the URL of the dead-letter queue")
	}
	return c, e.Err()
}

func parseStream(s string) ([]httpevent.Source, error) {
	var out []httpevent.Source
	for _, name := range environment.List(s) {
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
