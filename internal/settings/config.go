package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/hosts"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/runtimes/local"
)

// Carriers between processes.
const (
	CarrierHTTP   = "http"
	CarrierBroker = "broker"
)

// configName is the setting that names the file, and cannot stand in it.
const configName = "config"

// Config is how a process is configured: what table.go says of each field, and
// in the embedded Config what concerns an adapter. [Load] reads it; the zero value
// of a field that nothing needs is usable.
type Config struct {
	adapter.Config

	// JWT is whose JSON Web Tokens are let in; no issuer means nobody's.
	JWT adapter.JWT
	// Authorizer is the kind of authorizer of the platform whose verdict counts; "" and
	// AuthorizerNone mean that none does.
	Authorizer string
	// Console is true if the console is shown.
	Console bool

	// Callbacks is what is set of the delivery of replies by Homing-Callback: Allowed,
	// Keys and Origin.
	Callbacks callback.Options

	Runtime    Runtime
	Role       string
	Listen     string
	Chain      string
	TokensFile string
	Memory     memory.Options
	// SharedStoreURL is the server that keeps the replies; "" means that the
	// runtime keeps them: in memory, or in a table on Lambda.
	SharedStoreURL string
	// Bodies is what keeps the data that is too large for a carrier: BodiesStore,
	// BodiesNone, or the URL of something else; "" is the runtime's default.
	Bodies string
	// MaxEvent is the largest event that a broker takes, in bytes; 0 means any.
	MaxEvent int64

	// Server is how this process serves; its Drain is that of every server.
	Server local.Server

	// Of a container. BrokerURL is K_SINK if it is not set, and the ReplyKeys of an
	// adapter are a random key, which dies with the process.
	Carrier, VertexURL, BrokerURL, ReplyURL string

	// AwaitsBroker is true on Knative if K_SINK is still missing.
	AwaitsBroker bool

	ReplyAllow []string
	// Steps are what a vertex runs; none means all.
	Steps []string
	// StepURLs are where remote steps run instead of at their url, by "chain.step".
	StepURLs map[string]string
	// OIDCTokenFile has the ID token of steps with auth oidc; "" means the metadata
	// server of Google Cloud.
	OIDCTokenFile string

	// Of the role failure in a container: how much is kept, and how often the broker
	// delivers an event again.
	Letters letterbox.Limits
	Retries int

	// Of a Lambda function. Self is AWS_LAMBDA_FUNCTION_NAME: what the role "all"
	// invokes for the calls that outlive their connection.
	Table, Vertices, DeadLetters, Self string

	Arrivals bool
	Stream   []httpevent.Source

	LogLevel, LogFormat, File string

	// Level is LogLevel as it can be changed while the process runs.
	Level *slog.LevelVar
	// MetricsListen is where metrics are served apart from the calls; "" for nowhere.
	MetricsListen string

	// texts are what is set, as it was written.
	texts map[string]string
	// Ignored are the places of what is set and has no effect here.
	Ignored []string
	// capped is what MaxWait was before the platform's limit; 0 if it was not more.
	capped time.Duration
}

// Of the platforms: when they cut a connection, less a margin.
const (
	containerWait = 280 * time.Second // 290 s by the manifests
	funcWait      = 28 * time.Second  // 30 s by func's server
	// LambdaWait is below the 30 s at which API Gateway cuts.
	LambdaWait = 28 * time.Second
)

func (r Runtime) maxWait() time.Duration {
	switch r {
	case Container:
		return containerWait
	case Func:
		return funcWait
	case Lambda:
		return LambdaWait
	case Local:
	}
	return 0
}

// logCalls is whether calls are logged if nothing says otherwise.
func (r Runtime) logCalls() bool { return true }

// DefaultRetries is how often the generated Triggers deliver an event again.
const DefaultRetries = 5

// DefaultListen is not to be reached from another machine.
const DefaultListen = "127.0.0.1:8080"

func (r Runtime) listen() string {
	if r == Local {
		return DefaultListen
	}
	return ":8080"
}

var (
	errPrice  = errors.New("must be latency, balanced, cost or a number of read units from 0.001 to 10000000")
	errStream = errors.New("must be url, rest or url,rest")
)

func parseStream(s string) ([]httpevent.Source, error) {
	var out []httpevent.Source
	for _, name := range splitList(s) {
		switch name {
		case httpevent.URL.String():
			out = append(out, httpevent.URL)
		case httpevent.REST.String():
			out = append(out, httpevent.REST)
		default:
			return nil, errStream
		}
	}
	return out, nil
}

// complete fills in what other variables have, and finds what is missing or does
// not fit together.
func (c *Config) complete(getenv func(string) string, set map[string]Given) []error {
	var errs []error
	invalid := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.TokensFile != "" {
		tokens, err := readTokens(c.TokensFile)
		if err != nil {
			invalid("%s: %w", set["tokens-file"].Place, err)
		}
		c.Tokens = append(c.Tokens, tokens...)
	}
	c.checkJWT(invalid)
	if certs := c.Server.Certificates; (certs.Cert == "") != (certs.Key == "") || certs.ClientCA != "" && certs.Cert == "" {
		invalid("%s and %s are needed together, and with %s", Variable("tls-cert"), Variable("tls-key"), Variable("tls-client-ca"))
	}
	c.completeLinkKeys()
	if c.Callbacks.Allowed.Any() && !c.Callbacks.Keys.Any() {
		invalid("%s is missing: keys that sign the deliveries to the targets of %s; %s prints one",
			Variable("callback-keys"), Variable("callbacks"), callback.HowToMakeKey)
	}
	switch c.Runtime {
	case Container, Func:
		c.completeContainer(getenv, set, invalid)
	case Lambda:
		c.completeLambda(getenv, invalid)
	case Local:
	}
	if c.Console && consoles().has(c.Runtime, c.Role) {
		c.checkConsole(invalid)
	}
	if c.Table != "" && c.SharedStoreURL != "" {
		invalid("%s and %s are both set: replies are kept in one place", Variable("store"), Variable("table"))
	}
	if c.Runtime == Func && c.MaxWait > funcWait {
		c.capped, c.MaxWait = c.MaxWait, funcWait
	}
	return errs
}

// completeLinkKeys chooses the keys of links. A random key is for replies that live
// and die with the process.
func (c *Config) completeLinkKeys() {
	switch {
	case c.LinkKeys.Any():
	case c.ReplyKeys.Any():
		c.LinkKeys = c.ReplyKeys
	case c.SharedStoreURL == "" && c.Table == "":
		c.LinkKeys = reply.RandomKeys()
	}
}

// checkConsole finds a console that anybody could see.
func (c *Config) checkConsole(invalid func(string, ...any)) {
	switch {
	case !c.Secured() && !hosts.IsLoopback(c.Listen):
		invalid("HOMING_CONSOLE shows every call to anybody who reaches %s: "+
			"set HOMING_TOKENS and HOMING_ADMINS, or listen on 127.0.0.1", c.Listen)
	case len(c.JWT.Issuers) == 0 && c.Secured() && len(c.Admins) == 0:
		invalid("HOMING_ADMINS is missing: the tenants whose tokens or certificates may see the console")
	}
	if len(c.JWT.Issuers) > 0 || c.Server.Certificates.ClientCA != "" {
		return // who may be any tenant
	}
	for _, name := range c.Admins {
		if name != "*" && !slices.ContainsFunc(c.Tokens, func(t adapter.Token) bool { return t.Tenant == name }) {
			invalid("HOMING_ADMINS names %q, and no token is that tenant's", name)
		}
	}
}

// completeContainer reads PORT and K_SINK, which the platform sets.
func (c *Config) completeContainer(getenv func(string) string, set map[string]Given, invalid func(string, ...any)) {
	if port := getenv("PORT"); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			invalid("PORT is %q: must be a number from 0 to 65535", port)
		}
		if _, isSet := set["listen"]; !isSet {
			c.Listen = ":" + port
		}
	}
	_, brokerSet := set["broker-url"]
	if sink := getenv("K_SINK"); sink != "" && !brokerSet {
		brokerSet = true
		if err := address(&c.BrokerURL).Set(sink); err != nil {
			invalid("K_SINK: %w", err)
		}
	}
	if _, isSet := set["carrier"]; !isSet {
		c.Carrier = CarrierHTTP
		if brokerSet {
			c.Carrier = CarrierBroker
		}
	}
	c.completeReplies(getenv, set, invalid)
	needsBroker := c.Carrier == CarrierBroker && !brokerSet && (c.Role == RoleAdapter || c.Role == RoleVertex)
	c.AwaitsBroker = needsBroker && getenv("K_SERVICE") != ""
	if needsBroker && !c.AwaitsBroker {
		invalid("%s is missing: the carrier broker needs it, or K_SINK by a SinkBinding", Variable("broker-url"))
	}
	c.checkContainer(set, invalid)
}

// completeReplies fills in where replies come to, and by what they are known.
func (c *Config) completeReplies(getenv func(string) string, set map[string]Given, invalid func(string, ...any)) {
	if !c.ReplyKeys.Any() && (c.Role == RoleAll || c.Role == RoleAdapter) {
		c.ReplyKeys = reply.RandomKeys()
	}
	if revision := getenv("K_REVISION"); strings.Contains(c.ReplyURL, "{revision}") && revision == "" {
		invalid("%s has {revision}, but K_REVISION is missing, which Knative sets", set["reply-url"].Place)
	} else {
		c.ReplyURL = strings.ReplaceAll(c.ReplyURL, "{revision}", revision)
	}
}

func (c *Config) checkContainer(set map[string]Given, invalid func(string, ...any)) {
	need := func(name, what string) {
		if _, isSet := set[name]; !isSet {
			invalid("%s is missing: %s", Variable(name), what)
		}
	}
	isAdapter, isVertex, byBroker := c.Role == RoleAdapter, c.Role == RoleVertex, c.Carrier == CarrierBroker
	if byBroker && isVertex && c.SharedStoreURL == "" {
		need("reply-allow", "the URLs below which replies may be sent")
	}
	if c.Role == RoleFailure && c.SharedStoreURL == "" && c.Table == "" {
		need("reply-allow", "the URLs below which replies may be sent; or HOMING_STORE or HOMING_TABLE")
	}
	if byBroker && isAdapter && c.SharedStoreURL == "" {
		need("reply-url", "where vertices reach this adapter; or HOMING_STORE")
	}
	if !byBroker && isAdapter {
		need("vertex-url", "where the steps run, such as http://{chain}-{step}.default.svc.cluster.local")
	}
	if isAdapter || isVertex {
		c.checkBodies(invalid)
	}
}

func (c *Config) completeLambda(getenv func(string) string, invalid func(string, ...any)) {
	c.Self = getenv("AWS_LAMBDA_FUNCTION_NAME")
	if c.Table == "" && c.SharedStoreURL == "" {
		invalid("HOMING_TABLE is missing: the DynamoDB table of the reply store")
	}
	switch {
	case c.Role == RoleAll && c.Self == "":
		invalid("AWS_LAMBDA_FUNCTION_NAME is missing: the name of this function, which Lambda sets")
	case c.Role == RoleAdapter && strings.Trim(c.Vertices, ", ") == "":
		invalid("HOMING_VERTICES is missing: which function runs which step, such as *=NAME")
	case c.Role == RoleFailure && c.DeadLetters == "":
		invalid("HOMING_DEAD_LETTERS is missing: the URL of the dead-letter queue")
	}
}
