package knative

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/remote"
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

// Config is what the environment says of a process.
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
	// Drain is HOMING_DRAIN: how long running calls may take to finish.
	Drain time.Duration
}

// FromEnv reads a Config. The error names every variable that is wrong, and
// never its secret.
func FromEnv(getenv func(string) string) (Config, error) {
	c := Config{
		Role: orElse(getenv("HOMING_ROLE"), RoleAll), Port: orElse(getenv("PORT"), DefaultPort),
		Carrier: getenv("HOMING_CARRIER"), VertexURL: getenv("HOMING_VERTEX_URL"),
		BrokerURL: orElse(getenv("HOMING_BROKER_URL"), getenv("K_SINK")),
		ReplyURL:  getenv("HOMING_REPLY_URL"), ReplyAllow: list(getenv("HOMING_REPLY_ALLOW")),
		StoreURL: getenv("HOMING_STORE_URL"), StoreSecret: getenv("HOMING_STORE_SECRET"),
		Steps: list(getenv("HOMING_STEPS")), Drain: DefaultDrain, ReplyKeys: reply.RandomKeys(),
	}
	if c.Carrier == "" {
		c.Carrier = CarrierHTTP
		if c.BrokerURL != "" {
			c.Carrier = CarrierBroker
		}
	}
	var errs []error
	if v := getenv("HOMING_DRAIN"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			errs = append(errs, fmt.Errorf("HOMING_DRAIN is %q, not a time above zero such as 25s", v))
		}
		c.Drain = d
	}
	if v := getenv("HOMING_REPLY_KEYS"); v != "" {
		keys, err := reply.ParseKeys(v)
		if err != nil {
			errs = append(errs, fmt.Errorf("HOMING_REPLY_KEYS: %w", err))
		}
		c.ReplyKeys = keys
	}
	tokens, err := adapter.ParseTokens(getenv("HOMING_TOKENS"))
	if err != nil {
		errs = append(errs, fmt.Errorf("HOMING_TOKENS: %w", err))
	}
	c.Tokens = tokens
	return c, errors.Join(append(errs, c.check()...)...)
}

// check finds what does not fit together.
func (c Config) check() []error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !slices.Contains([]string{RoleAll, RoleAdapter, RoleVertex, RoleStore}, c.Role) {
		wrong("HOMING_ROLE is %q; it can be all, adapter, vertex or store", c.Role)
	}
	if c.Carrier != CarrierHTTP && c.Carrier != CarrierBroker {
		wrong("HOMING_CARRIER is %q; it can be http or broker", c.Carrier)
	}
	if (c.Role == RoleStore || c.StoreURL != "") && len(c.StoreSecret) < remote.MinSecret {
		wrong("HOMING_STORE_SECRET is missing or has less than %d characters", remote.MinSecret)
	}
	if c.Carrier == CarrierBroker && (c.Role == RoleAdapter || c.Role == RoleVertex) && c.BrokerURL == "" {
		wrong("the carrier broker needs HOMING_BROKER_URL, or K_SINK by a SinkBinding")
	}
	if c.Role == RoleVertex && c.Carrier == CarrierBroker && len(c.ReplyAllow) == 0 {
		wrong("HOMING_REPLY_ALLOW is missing: the URLs below which replies may be sent")
	}
	if _, err := strconv.ParseUint(c.Port, 10, 16); err != nil {
		wrong("PORT is %q, not a number from 0 to 65535", c.Port)
	}
	if c.Role == RoleAdapter && c.Carrier == CarrierBroker && c.ReplyURL == "" {
		wrong("HOMING_REPLY_URL is missing: where vertices reach this adapter")
	}
	if c.Role == RoleAdapter && c.Carrier == CarrierHTTP && c.VertexURL == "" {
		wrong("HOMING_VERTEX_URL is missing: where the steps run, such as http://{chain}-{step}.default.svc.cluster.local")
	}
	return append(errs, c.checkURLs()...)
}

func (c Config) checkURLs() []error {
	var errs []error
	for _, u := range []struct{ name, value string }{
		{"HOMING_VERTEX_URL", strings.NewReplacer("{chain}", "chain", "{step}", "step").Replace(c.VertexURL)},
		{"HOMING_BROKER_URL", c.BrokerURL},
		{"HOMING_REPLY_URL", c.ReplyURL},
		{"HOMING_STORE_URL", c.StoreURL},
	} {
		if u.value != "" && !absolute(u.value) {
			errs = append(errs, fmt.Errorf("%s is no absolute http or https URL", u.name))
		}
	}
	return errs
}

func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
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
