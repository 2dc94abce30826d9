package knative

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/internal/basepath"
	"github.com/homing-dev/homing/runtimes/internal/environment"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// Roles of a process.
const (
	RoleAll     = "all"
	RoleAdapter = "adapter"
	RoleVertex  = "vertex"
	RoleStore   = "store"
)

// Carriers between processes.
const (
	CarrierHTTP   = "http"
	CarrierBroker = "broker"
)

// Defaults of a [Config].
const (
	DefaultPort  = "8080"
	DefaultDrain = 25 * time.Second
)

// Config is the configuration of a process.
type Config struct {
	// Role is HOMING_ROLE: "all" (the default), "adapter", "vertex", or "store",
	// which keeps the replies of several adapters in its memory.
	Role string
	// Port is PORT, where to listen; "8080" if empty.
	Port string
	// Carrier is HOMING_CARRIER: "http" or "broker". The default is "broker" if
	// there is a BrokerURL.
	Carrier string
	// VertexURL is HOMING_VERTEX_URL: who runs the steps, for an adapter with
	// the carrier "http". {chain} stands for the name of the chain; with
	// {step} every step is a hop of its own.
	VertexURL string
	// BrokerURL is HOMING_BROKER_URL, else K_SINK: where events are sent with
	// the carrier "broker".
	BrokerURL string
	// ReplyURL is HOMING_REPLY_URL: where vertices reach this adapter.
	ReplyURL string
	// ReplyAllow is HOMING_REPLY_ALLOW: the URLs below which a vertex sends
	// replies, which it needs with the carrier "broker".
	ReplyAllow []string
	// ReplyKeys is HOMING_REPLY_KEYS: keyid=secret,keyid=secret. The default is
	// a random key, which dies with the process.
	ReplyKeys reply.Keys
	// StoreURL is HOMING_STORE_URL: the process with the role "store" that this
	// adapter keeps its replies in; if empty, its own memory.
	StoreURL string
	// StoreSecret is HOMING_STORE_SECRET, which that process and its adapters
	// share.
	StoreSecret string
	// Steps is HOMING_STEPS: what a vertex runs, as chain.step, chain.* or *;
	// none means all.
	Steps worker.Patterns
	// Tokens is HOMING_TOKENS: tenant=secret,tenant=secret.
	Tokens []adapter.Token
	// BasePath is HOMING_BASE_PATH: see adapter.Config.
	BasePath string
	// Drain is HOMING_DRAIN: how long running calls may take to finish.
	Drain time.Duration
}

// FromEnv reads a Config. The error names every variable that is invalid, and
// never its secret.
func FromEnv(getenv func(string) string) (Config, error) {
	e := environment.Reader{Getenv: getenv}
	c := Config{
		Role:        cmp.Or(getenv("HOMING_ROLE"), RoleAll),
		Port:        cmp.Or(getenv("PORT"), DefaultPort),
		Carrier:     getenv("HOMING_CARRIER"),
		VertexURL:   getenv("HOMING_VERTEX_URL"),
		BrokerURL:   cmp.Or(getenv("HOMING_BROKER_URL"), getenv("K_SINK")),
		ReplyURL:    getenv("HOMING_REPLY_URL"),
		ReplyAllow:  e.List("HOMING_REPLY_ALLOW"),
		ReplyKeys:   environment.Parse(&e, "HOMING_REPLY_KEYS", reply.ParseKeys),
		StoreURL:    getenv("HOMING_STORE_URL"),
		StoreSecret: getenv("HOMING_STORE_SECRET"),
		Steps:       e.List("HOMING_STEPS"),
		Tokens:      environment.Parse(&e, "HOMING_TOKENS", adapter.ParseTokens),
		BasePath:    environment.Parse(&e, "HOMING_BASE_PATH", basepath.Parse),
		Drain:       e.Duration("HOMING_DRAIN", DefaultDrain),
	}
	if c.Carrier == "" {
		c.Carrier = CarrierHTTP
		if c.BrokerURL != "" {
			c.Carrier = CarrierBroker
		}
	}
	if !c.ReplyKeys.Any() {
		c.ReplyKeys = reply.RandomKeys()
	}
	c.check(&e)
	return c, e.Err()
}

// check finds what is invalid in itself, and what does not fit together.
func (c Config) check(e *environment.Reader) {
	if !slices.Contains([]string{RoleAll, RoleAdapter, RoleVertex, RoleStore}, c.Role) {
		e.Invalid("HOMING_ROLE is %q; it can be all, adapter, vertex or store", c.Role)
	}
	if c.Carrier != CarrierHTTP && c.Carrier != CarrierBroker {
		e.Invalid("HOMING_CARRIER is %q; it can be http or broker", c.Carrier)
	}
	if _, err := strconv.ParseUint(c.Port, 10, 16); err != nil {
		e.Invalid("PORT is %q, not a number from 0 to 65535", c.Port)
	}
	if (c.Role == RoleStore || c.StoreURL != "") && len(c.StoreSecret) < remote.MinSecret {
		e.Invalid("HOMING_STORE_SECRET is missing or has less than %d characters", remote.MinSecret)
	}
	isAdapter, isVertex, byBroker := c.Role == RoleAdapter, c.Role == RoleVertex, c.Carrier == CarrierBroker
	if byBroker && (isAdapter || isVertex) && c.BrokerURL == "" {
		e.Invalid("the carrier broker needs HOMING_BROKER_URL, or K_SINK by a SinkBinding")
	}
	if byBroker && isVertex && len(c.ReplyAllow) == 0 {
		e.Invalid("HOMING_REPLY_ALLOW is missing: the URLs below which replies may be sent")
	}
	if byBroker && isAdapter && c.ReplyURL == "" {
		e.Invalid("HOMING_REPLY_URL is missing: where vertices reach this adapter")
	}
	if c.Carrier == CarrierHTTP && isAdapter && c.VertexURL == "" {
		e.Invalid("HOMING_VERTEX_URL is missing: where the steps run, such as http://{chain}-{step}.default.svc.cluster.local")
	}
	e.CheckURL("HOMING_VERTEX_URL", strings.NewReplacer("{chain}", "chain", "{step}", "step").Replace(c.VertexURL))
	e.CheckURL("HOMING_BROKER_URL", c.BrokerURL)
	e.CheckURL("HOMING_REPLY_URL", c.ReplyURL)
	e.CheckURL("HOMING_STORE_URL", c.StoreURL)
}
