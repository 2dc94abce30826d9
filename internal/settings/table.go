package settings

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/internal/basepath"
	"github.com/homing-dev/homing/internal/hosts"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/runtimes/local"
)

// Setting is one thing that can be set.
type Setting struct {
	// Name is that of its flag and of its key in the file.
	Name  string
	Value Value
	// In is where it has an effect.
	In Places
	// Help says what it is, in a line; a word between backquotes names the value.
	Help string
}

const prefix = "HOMING_"

// Variable is the name of the environment variable of a setting.
func Variable(name string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// table is every setting of a process. It sets the defaults of c.
func (c *Config) table() []Setting {
	return slices.Concat([]Setting{
		{
			"role", role(&c.Role, c.Runtime.roleWords()...), every(Container, Func, Lambda),
			"what this process is: `ROLE`",
		},
		{
			"listen", text(&c.Listen, "address", c.Runtime.listen()), every(Local, Container),
			"`ADDRESS` to listen on; port 0 takes any free one",
		},
		{
			"chain", text(&c.Chain, "file", ""), chains(),
			"`FILE` that declares the chains (default: the built-in chains)",
		},
		{
			"tokens", secret(parsed(&c.Tokens, "tokens", adapter.ParseTokens)), adapters(),
			"tokens that are let in: `TENANT=SECRET,...` (default: no token is needed)",
		},
		{
			"tokens-file", text(&c.TokensFile, "file", ""), adapters(),
			"`FILE` with a line TENANT=SECRET for each token",
		},
	}, c.identitySettings(), []Setting{
		{
			"tls-cert", text(&c.Server.Certificates.Cert, "file", ""), every(Local, Container),
			"PEM `FILE` with the certificate of the server, which speaks TLS then; read again when it has changed",
		},
		{
			"tls-key", text(&c.Server.Certificates.Key, "file", ""), every(Local, Container),
			"PEM `FILE` with the key of that certificate",
		},
		{
			"tls-client-ca", text(&c.Server.Certificates.ClientCA, "file", ""), every(Local, Container),
			"PEM `FILE` with the authorities of the certificates that clients have to show; their common name is the tenant",
		},
		{
			"console", truth(&c.Console), consoles(),
			"whether the console is shown at /_homing/: true or false; beyond this machine it needs tokens and HOMING_ADMINS",
		},
		{
			"admins", list(&c.Admins), consoles(),
			"`TENANTS` whose tokens may see the console, with the calls of all tenants; * means all; so may a JWT with the scope homing:admin",
		},
		{
			"max-body", size(&c.MaxBody, adapter.DefaultMaxBody), adapters(),
			"largest request body, unless the chain has its own limit",
		},
		{
			"body-budget", size(&c.BodyBudget, 0), adapters().and(containers(RoleVertex, RoleFailure)),
			"memory for the bodies of all requests at once (default: a quarter of GOMEMLIMIT or of the container's memory, else 256MiB)",
		},
		{
			"quotas", parsed(&c.Quotas, "quotas", parseQuotas), adapters(),
			"how much each tenant may use: `TENANT=LIMITS,...`, with * for every other one; LIMITS are such as " +
				"100/s:burst=200:concurrency=50:backlog=1000:bytes=64MiB (default: no limit)",
		},
		{
			"quotas-shared", unless(&c.QuotasPerProcess), adapters(),
			"whether replicas that share a reply store share quotas, too (true), or each has the whole of them (false)",
		},
		{
			"admission", admission(&c.Adaptive), adapters(),
			"what happens under overload: off (calls run until HOMING_MAX_IN_FLIGHT) or adaptive (those of low priority are refused first)",
		},
		{
			"max-in-flight", count(&c.MaxInFlight, adapter.DefaultMaxInFlight), adapters(),
			"calls that may run at once; one more is answered with 429",
		},
		{
			"compress", unless(&c.DisableCompression), adapters(),
			"whether answers are compressed for callers that accept it: true or false",
		},
		{
			"max-wait", span(&c.MaxWait, c.Runtime.maxWait()), adapters(),
			"longest time that a connection is held, within the deadline of its call",
		},
		{
			"base-path", parsed(&c.BasePath, "path", basepath.Parse), adapters(),
			"`PATH` that clients have in front of all paths, such as /shop behind a proxy",
		},
		{
			"trusted-proxies", parsed(&c.TrustedProxies, "addresses", parseProxies), adapters(),
			"`ADDRESSES` of proxies whose X-Forwarded-For, -Host, -Proto, -Prefix and Forwarded count, such as 10.0.0.0/8 (default: nobody's do)",
		},
		{
			"hosts", parsed(&c.Server.Hosts, "names", hosts.Parse), every(Local, Container, Func),
			"`NAMES` under which requests are answered, beside those of loopback: api.example.com,*.shop.test or * (default: on loopback " +
				"those alone, elsewhere every name)",
		},
		{
			"webhook-origins", parsed(&c.WebhookOrigins, "names", hosts.Parse), adapters(),
			"`NAMES` of senders of events to which OPTIONS /events grants the handshake of webhooks: eventgrid.azure.net,*.shop.example or * " +
				"(default: none)",
		},
	}, c.callbackSettings(), []Setting{
		{
			"link-keys", secret(parsed(&c.LinkKeys, "keys", reply.ParseKeys)), adapters(),
			"keys that sign links to replies: `KEYID=SECRET,...`, the first one for new links; needed with HOMING_STORE and on Lambda " +
				"(default: HOMING_REPLY_KEYS, else a random key)",
		},
		{
			"keep", span(&c.Retention, adapter.DefaultRetention), keepers(),
			"how long a reply can be fetched after the deadline of its call",
		},
		{
			"store", secret(text(&c.SharedStoreURL, "URL", "")), keepers(),
			"`URL` of a Redis or Valkey server that keeps the replies: redis://, rediss://, redis+sentinel:// or redis+cluster://",
		},
		{
			"store-entries", count(&c.Memory.MaxEntries, memory.DefaultMaxEntries), memories(),
			"requests and idempotency keys that are kept at once",
		},
		{
			"store-bytes", size(&c.Memory.MaxBytes, memory.DefaultMaxBytes), memories(),
			"memory for the replies that are kept; with HOMING_STORE what several tenants of an adapter share there",
		},
		{
			"header-timeout", span(&c.Server.HeaderTimeout, local.DefaultHeaderTimeout), every(Local, Container),
			"how long a client may take to send a header",
		},
		{
			"request-timeout", span(&c.Server.RequestTimeout, local.DefaultRequestTimeout), every(Local, Container),
			"how long a client may take to send header and body",
		},
		{
			"write-timeout", span(&c.Server.WriteTimeout, local.DefaultWriteTimeout), every(Local, Container),
			"how long a client may read nothing of its answer",
		},
		{
			"idle-timeout", span(&c.Server.IdleTimeout, local.DefaultIdleTimeout), every(Local, Container),
			"how long an unused connection is kept",
		},
		{
			"drain", span(&c.Server.Drain, local.DefaultDrain), every(Local, Container, Func),
			"how long calls may take to finish after SIGINT or SIGTERM",
		},

		{
			"carrier", word(&c.Carrier, "", CarrierHTTP, CarrierBroker), containers(RoleAdapter, RoleVertex),
			"how events get to the steps: http (they answer) or broker (events go one way; the default if there is a broker)",
		},
		{
			"vertex-url", address(&c.VertexURL, "chain", "step"), containers(RoleAdapter),
			"`URL` that runs the steps, with the carrier http; {chain} and {step} are filled in",
		},
		{
			"broker-url", address(&c.BrokerURL), containers(RoleAdapter, RoleVertex, RoleFailure),
			"`URL` that events are sent to, with the carrier broker (default: K_SINK)",
		},
		{
			"max-event", size(&c.MaxEvent, 0), containers(RoleAdapter, RoleVertex),
			"largest event that the broker takes, with its attributes; the data of a larger one goes to HOMING_BODIES (default: any)",
		},
		{
			"bodies", parsed(&c.Bodies, "place", parseBodies), containers(RoleAdapter, RoleVertex).and(lambdas(RoleAll, RoleAdapter, RoleVertex)),
			"`PLACE` for data that is too large for a carrier: store, s3://BUCKET/PREFIX or none (default: store on Lambda and with HOMING_STORE)",
		},
		{
			"reply-url", address(&c.ReplyURL, "revision"), containers(RoleAdapter),
			"`URL` where vertices reach this adapter, with the carrier broker; {revision} is filled in from K_REVISION",
		},
		{
			"reply-allow", list(&c.ReplyAllow), containers(RoleVertex, RoleFailure),
			"`URLS` below which replies may be sent, with the carrier broker",
		},
		{
			"reply-keys", secret(parsed(&c.ReplyKeys, "keys", reply.ParseKeys)), containers(RoleAdapter, RoleVertex, RoleFailure),
			"keys that sign and check the tokens of replies: `KEYID=SECRET,...` (default: a random key); " +
				"others take only events with a token of these, without keys any",
		},
		{
			"steps", list(&c.Steps), containers(RoleVertex).and(lambdas(RoleVertex)),
			"what a vertex runs, as chain.step, chain.* or * (default: all steps)",
		},
		{
			"step-urls", secret(parsed(&c.StepURLs, "URLs", parseStepURLs)), vertices(),
			"where remote steps run instead of at their url: `STEPS` as CHAIN.STEP=URL,...; a URL without a path gets that of the url",
		},
		{
			"oidc-token-file", text(&c.OIDCTokenFile, "file", ""), vertices(),
			"`FILE` with the ID token for steps with auth oidc, read for every call (default: the metadata server of Google Cloud)",
		},

		{
			"table", text(&c.Table, "name", ""), tables(),
			"`NAME` of the DynamoDB table of the reply store; needed on Lambda without HOMING_STORE; elsewhere by dynamodb.Replies() of an app",
		},
		{
			"arrivals", truth(&c.Arrivals), tables(),
			"whether the table has the index arrivals",
		},
		{
			"vertices", text(&c.Vertices, "functions", ""), lambdas(RoleAdapter, RoleVertex),
			"which function runs which step: `PATTERN=FUNCTION,...`",
		},
		{
			"stream", parsed(&c.Stream, "sources", parseStream), lambdas(RoleAll, RoleAdapter),
			"sources whose answers are streamed: url, rest or url,rest",
		},
		{
			"poll", price(&c.Price), adapters(),
			"what a second of a caller's waiting is worth, with a table: latency, balanced, cost or a number of read units",
		},
		{
			"dead-letters", text(&c.DeadLetters, "URL", ""), lambdas(RoleFailure),
			"`URL` of the dead-letter queue",
		},
		{
			"dead-letter-entries", count(&c.Letters.Letters, letterbox.DefaultLetters), containers(RoleFailure),
			"dead letters that are kept at once in HOMING_STORE or HOMING_TABLE",
		},
		{
			"dead-letter-bytes", size(&c.Letters.Bytes, letterbox.DefaultBytes), containers(RoleFailure),
			"room there for dead letters",
		},
		{
			"dead-letter-keep", span(&c.Letters.Retention, letterbox.DefaultRetention), containers(RoleFailure),
			"how long a dead letter is kept there",
		},
		{
			"dead-letter-retries", count(&c.Retries, DefaultRetries), containers(RoleFailure),
			"how often the Triggers deliver an event again before it is a dead letter: what their delivery.retry says",
		},

		{
			"log-level", word(&c.LogLevel, "info", LogLevels()...), everywhere(),
			"least `LEVEL` to log: " + strings.Join(LogLevels(), ", "),
		},
		{
			"log-format", word(&c.LogFormat, "auto", LogFormats()...), everywhere(),
			"`FORMAT` of the log: " + strings.Join(LogFormats(), ", ") + "; auto is text on a terminal and json elsewhere",
		},
		{
			"log-calls", share(&c.LogCalls, c.Runtime.logCalls()), adapters(),
			"which calls are logged, with status, time and that of each step: true, false or a `SHARE` such as 1%",
		},
		{
			"metrics-listen", parsed(&c.MetricsListen, "address", parseMetricsListen), every(Local, Container, Func),
			"`ADDRESS` for GET /metrics and PUT /log-level without tokens; a port alone is on 127.0.0.1 (default: /metrics where calls come)",
		},
		{configName, text(&c.File, "file", ""), everywhere(), "YAML `FILE` with settings under the names of the flags"},
	})
}

// chains are the processes that have chains.
func chains() Places {
	return adapters().and(containers(RoleVertex, RoleFailure)).and(lambdas(RoleVertex))
}

// consoles are the processes that can show what they do: those that serve whole
// connections, and stand between two calls.
func consoles() Places {
	return Places{Local: {RoleAll}, Container: {RoleAll, RoleAdapter}}
}

// keepers are the processes that say for how long a reply is kept.
func keepers() Places {
	return adapters().and(containers(RoleVertex, RoleFailure)).and(lambdas(RoleVertex, RoleFailure))
}

// memories are the processes whose memory may have the replies.
func memories() Places {
	return Places{Local: {RoleAll}}.and(containers(RoleAll, RoleAdapter))
}

// tables are the processes that can have their replies in a table.
func tables() Places {
	return adapters().and(containers(RoleFailure)).and(lambdas(RoleVertex, RoleFailure))
}

func parseProxies(s string) ([]netip.Prefix, error) { return basepath.ParseProxies(s) }

func price(to *poller.Price) Value {
	v := parsed(to, "price", func(s string) (poller.Price, error) {
		p, err := poller.ParsePrice(s)
		if err != nil {
			return 0, errPrice
		}
		return p, nil
	})
	v.Default = "balanced"
	return v
}

// toolSettings are what commands read that are no server: for one shell they
// share the environment, and for one folder the file, with `homing serve`.
func toolSettings() map[string][]string {
	return map[string][]string{
		"invoke": {"url", "token", "timeout"},
		"local": {
			"template", "build", "package", "port", "data", "concurrency", "retry-delay", "no-freeze", "stack-name", "region",
		},
	}
}
