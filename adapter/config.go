package adapter

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/poller"
)

// Carrier takes an event to where the steps of its chain run.
//
// Carry returns the result of the last step, or that the event was accepted:
// then another process runs the remaining steps, and the reply will come to the
// store. progress may be nil; it is called with what becomes of each step. Carry
// must be safe for concurrent use.
type Carrier interface {
	Carry(ctx context.Context, in event.Event, progress func(reply.Progress)) (carrier.Result, error)
}

// Served is a chain and the carrier that takes events to it.
type Served struct {
	Chain   functions.Chain
	Carrier Carrier
	// Async carries the calls that may outlive their connection, those with
	// "Prefer: respond-async" or "wait"; nil means Carrier. It is for a process
	// that runs the steps itself and is frozen after its response, see
	// FreezesAfterResponse: Async has to bring their events to another process,
	// and the work of all other calls ends with their connection.
	Async Carrier
}

// Defaults of a [Config].
const (
	DefaultMaxBody     = 10 << 20 // what API Gateway lets through
	DefaultMaxReply    = 16 << 20
	DefaultMaxInFlight = 16384
	DefaultRetention   = time.Hour
	DefaultHeartbeat   = 15 * time.Second
)

// Config of an [Adapter]. The zero value of every field but Store is usable.
type Config struct {
	// Store keeps the replies of calls that may outlive their connection.
	Store reply.Store
	// SharedStore is true if other replicas of this adapter use Store, too. Then
	// a reply is taken for any of them; else one for another is refused.
	SharedStore bool
	// Mailbox is the part of Store that this process reads; 0 means a random
	// one.
	Mailbox reply.Mailbox
	// Tokens are the bearer tokens that are let in; none, and no Verifier, means that
	// no token is needed.
	Tokens []Token
	// Verifier finds out whose a bearer token is that is none of Tokens; nil means
	// that there are no others. Without both, no token is needed.
	Verifier Verifier
	// Quotas are how much each tenant may use, by its name; that of [OtherTenants] is
	// for each tenant that has no quota of its own. Callers without a token are one
	// tenant, whose name is "".
	Quotas map[string]Quota
	// QuotasPerProcess is true if each replica is to have the whole of every quota, of
	// tenants and of chains. If it is false, and Store is shared and a [reply.Counting],
	// replicas tell each other by Store once a second what is used of a quota.
	QuotasPerProcess bool
	// BasePath stands in front of all paths for the clients, such as /shop for an
	// adapter at https://example.com/shop. It is taken from the path of a request
	// that has it, and put in front of every link. "" means what the platform
	// puts there, such as the stage of an API, if it says so; "/" means nothing.
	BasePath string
	// TrustedProxies are the addresses of the proxies whose word counts for who the
	// client is, what it has called, and what was taken from the path: their
	// Forwarded (RFC 7239) and X-Forwarded-For, -Host, -Proto and -Prefix. None means
	// that nobody's does.
	TrustedProxies []netip.Prefix
	// WebhookOrigins are the names of the senders that are told, when they ask by
	// OPTIONS /events, that their events are wanted; "*" stands for all, and
	// "*.example.com" for those below example.com.
	WebhookOrigins []string
	// LinkKeys sign the links by which a reply can be fetched without a token; the
	// zero value makes none. All processes that share Store need the same.
	LinkKeys reply.Keys
	// ReplyKeys check the tokens of the replies that vertices in other
	// processes send by PUT /requests/{id}/reply. The zero value takes none.
	ReplyKeys reply.Keys
	// MaxReply is the largest such reply in bytes; 0 means [DefaultMaxReply].
	MaxReply int64
	// MaxBody is the largest request body in bytes, unless a chain sets its
	// own; 0 means [DefaultMaxBody].
	MaxBody int64
	// BodyBudget is how many bytes the bodies of all requests that are read or
	// worked on may take at once; 0 means a quarter of GOMEMLIMIT, else of the
	// memory of the container, else 256 MiB. A quarter of the budget is for
	// bodies of at most 64 KiB and for replies from vertices, the rest for all
	// larger ones. A body for which there is no room within a second gets 503.
	BodyBudget int64
	// MaxInFlight is how many calls may run at once, and how many connections
	// may wait for replies of other calls; 0 means [DefaultMaxInFlight]. A call
	// beyond it gets 429.
	MaxInFlight int
	// Adaptive is true if no more calls run at once than can without getting slower,
	// which is found from how long they take: others wait, and if too many do, those of
	// the lowest priority are refused with 503. Calls with "Prefer: respond-async" are
	// accepted, and their work waits, up to its deadline. If it is false, priorities have no effect.
	Adaptive bool
	// MaxWait is how long a connection waits at most: the platform's limit less
	// a margin. The response deadline of a call is then, or shortly before the
	// call's own deadline, or before that of the context of its request,
	// whatever is earliest. 0 means no limit of the platform.
	MaxWait time.Duration
	// FreezesAfterResponse is true if the platform stops this process between
	// the response to one request and the next request, as Lambda does. Then 202
	// comes only after another process has taken the event, and nothing runs
	// behind a response.
	FreezesAfterResponse bool
	// Price is what a second of a caller's waiting is worth in read units, for
	// a Store that is polled; the zero value means poller.Balanced.
	Price poller.Price
	// Retention is how long a reply can be fetched after the deadline of its
	// call; 0 means [DefaultRetention].
	Retention time.Duration
	// Heartbeat is the pause between comments on a silent event stream; 0
	// means [DefaultHeartbeat].
	Heartbeat time.Duration
	// DisableCompression is true if no answer is to be compressed, whatever its
	// caller accepts: because a proxy in front does it, or where answers hold
	// secrets beside what an attacker can have reflected (BREACH).
	DisableCompression bool
	// LogCalls is the part of the calls that are logged when they are answered, with
	// status, time, and the time of each step: 1 for all of them, 0 for none.
	LogCalls float64
	// Callbacks delivers replies to the URLs that callers name; nil means that none may.
	Callbacks Callbacks
	// Observer sees every call; nil means that nobody does, at no cost.
	Observer Observer
	// Console is shown below /_homing/; nil means that there is none. What is below
	// /_homing/api/ is for Admins alone if callers have to show who they are.
	Console http.Handler
	// Admins are the tenants that may see the console, with the calls of all tenants;
	// "*" means all. A JWT with the scope [AdminScope] lets its holder see it, too.
	Admins []string
	// Logger gets the failures; nil means slog.Default().
	Logger *slog.Logger
	// Metrics is where metrics are registered and what GET /metrics shows; nil
	// means a registry of its own.
	Metrics *prometheus.Registry
	// Traces records a span for each request and for what its call asks of others;
	// nil means none.
	Traces trace.TracerProvider
}

func (c Config) withDefaults() Config {
	c.Mailbox = cmp.Or(c.Mailbox, reply.NewMailbox())
	c.MaxBody = cmp.Or(c.MaxBody, DefaultMaxBody)
	c.MaxReply = cmp.Or(c.MaxReply, DefaultMaxReply)
	c.MaxInFlight = cmp.Or(c.MaxInFlight, DefaultMaxInFlight)
	c.Retention = cmp.Or(c.Retention, DefaultRetention)
	c.Heartbeat = cmp.Or(c.Heartbeat, DefaultHeartbeat)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	if c.Metrics == nil {
		c.Metrics = observe.NewRegistry()
	}
	return c
}
