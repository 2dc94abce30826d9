package lambda

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/claimcheck"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/deadletter/sqsqueue"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/internal/tracing"
	"github.com/homing-dev/homing/runtimes/internal/inline"
	"github.com/homing-dev/homing/runtimes/internal/worker"
	"github.com/homing-dev/homing/runtimes/sigv4"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// Clients are the AWS services that a function uses. A role needs DynamoDB
// unless Options.Store is given; all but "failure" need Lambda, and that needs
// SQS.
type Clients struct {
	DynamoDB dynamodb.API
	Lambda   clambda.API
	SQS      sqsqueue.API
}

// Options of [New]. Zero values mean defaults.
type Options struct {
	// Store keeps the replies; nil means the table of the Config in DynamoDB.
	Store reply.Store
	// Bodies keep what is too large for an invocation; nil means that nothing is kept.
	Bodies reply.Bodies
	// Traces records what becomes of each invocation; nil means nothing does. If it has
	// the method ForceFlush, it is called before an invocation ends.
	Traces trace.TracerProvider
	// Logger gets the failures; nil means slog.Default().
	Logger *slog.Logger
}

// Service is what a function does, whatever its role. It is safe for
// concurrent use.
type Service struct {
	role      string
	stream    []httpevent.Source
	adapter   *adapter.Adapter    // nil if its role has none
	worker    *worker.Worker      // the same
	failure   *deadletter.Handler // the same
	client    *carrier.Client
	callbacks *callback.Sender // nil for none
	traces    *traces          // nil: none
	log       *slog.Logger

	authorizer authorizer
}

// margin is more than what an adapter leaves before a deadline, with time for a
// reply to be written to the table and found there: so that it is the vertex that
// reports which step has used up the time.
const margin = 500 * time.Millisecond

// New creates the service of a function for the given chains.
func New(cfg Config, chains []functions.Chain, clients Clients, o Options) (*Service, error) {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	cfg.Retention, cfg.MaxWait = cmp.Or(cfg.Retention, adapter.DefaultRetention), cmp.Or(cfg.MaxWait, settings.LambdaWait)
	if o.Store == nil {
		table, err := dynamodb.New(dynamodb.Options{Client: clients.DynamoDB, Table: cfg.Table, Arrivals: cfg.Arrivals})
		if err != nil {
			return nil, fmt.Errorf("make the reply store: %w", err)
		}
		o.Store = table
	}
	s := &Service{role: cfg.Role, stream: cfg.Stream, log: o.Logger, client: carrier.NewClient(carrier.Options{Traces: o.Traces})}
	s.traces = newTraces(o.Traces)
	s.authorizer = authorizerOf(&cfg)
	metrics := observe.NewRegistry()
	callbacks, err := cfg.Callbacks.Sender(o.Traces, metrics, o.Logger)
	if err != nil {
		return nil, err //nolint:wrapcheck // names what is invalid
	}
	s.callbacks = callbacks
	switch {
	case cfg.Role == RoleFailure && clients.SQS == nil:
		return nil, errors.New("the role failure needs a client for SQS")
	case cfg.Role == RoleFailure:
		s.failure = deadletter.New(deadletter.Options{
			Queue: sqsqueue.Queue{Client: clients.SQS, URL: cfg.DeadLetters}, Store: o.Store, Retention: cfg.Retention, Logger: o.Logger,
			Callbacks: callbacks,
		})
		return s, nil
	case clients.Lambda == nil:
		return nil, fmt.Errorf("the role %s needs a client for Lambda", cfg.Role)
	}
	vertices, err := clambda.ParseVertices(cfg.Vertices)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", varVertices, err)
	}
	p := parts{
		Config: cfg, Service: s, store: o.Store, vertices: vertices, metrics: metrics,
		check:    &claimcheck.Check{Bodies: bodiesOf(cfg, o), Retention: cfg.Retention, Log: o.Logger},
		provider: o.Traces,
	}
	if c, ok := o.Traces.(prometheus.Collector); ok {
		p.metrics.MustRegister(c)
	}
	p.lambda = clambda.New(clients.Lambda).WithLarge(p.check.Large()).WithTraces(o.Traces)
	if err := p.fill(chains); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// bodiesOf is what keeps bodies: what is given, or the store.
func bodiesOf(cfg Config, o Options) reply.Bodies {
	if own, ok := o.Store.(reply.Bodies); ok && o.Bodies == nil && cfg.KeepsBodiesInStore() {
		return own
	}
	return o.Bodies
}

// parts are what the adapter and the vertex of a service are made of.
type parts struct {
	Config
	*Service

	store    reply.Store
	lambda   *clambda.Client
	vertices clambda.Vertices
	check    *claimcheck.Check
	provider trace.TracerProvider
	metrics  *prometheus.Registry
}

// fill adds what its role needs to a service.
func (p parts) fill(chains []functions.Chain) error {
	if p.Role != RoleAdapter {
		if err := p.addVertex(chains); err != nil {
			return err
		}
	}
	if p.Role == RoleVertex {
		return nil
	}
	served := make([]adapter.Served, 0, len(chains))
	for _, c := range chains {
		one, err := p.serve(c)
		if err != nil {
			return err
		}
		served = append(served, one)
	}
	var err error
	cfg := p.Config.Config
	cfg.Store, cfg.SharedStore, cfg.FreezesAfterResponse, cfg.Logger, cfg.Metrics = p.store, true, true, p.log, p.metrics
	cfg.Traces = p.provider
	if p.callbacks != nil { // an accepted call is completed by another invocation
		cfg.Callbacks = deadletter.Outbox{Allowed: p.Callbacks.Allowed, Sender: p.callbacks, Log: p.log}
	}
	p.adapter, err = adapter.New(cfg, served...)
	if err != nil {
		return fmt.Errorf("make the adapter: %w", err)
	}
	return nil
}

// addVertex adds the worker, which runs the steps that this function has.
func (p parts) addVertex(chains []functions.Chain) error {
	remote := sigv4.RemoteSteps()
	maps.Copy(remote, remoteSteps(p.lambda))
	remote[inline.OIDC] = inline.WithIDTokens(p.OIDCTokenFile)
	steps := p.Steps
	if p.Role != RoleVertex { // it needs all of them
		steps = nil
	}
	segments, err := worker.NewSegments(inline.BindRemoteSteps(p.client, chains, remote), steps, p.metrics,
		vertex.WithLogger(p.log), vertex.WithTraces(p.provider))
	if err != nil {
		return err //nolint:wrapcheck // names what is invalid
	}
	tracer := tracing.New(p.provider)
	p.worker = &worker.Worker{
		Segments: segments, Forwarder: vertices{p.vertices, p.lambda},
		Completer: worker.InStore{Store: tracer.Store(p.store), Retention: p.Retention, Callbacks: p.callbacks},
		Tracer:    tracer, Margin: margin, Bodies: p.check, Log: p.log,
	}
	return nil
}

// serve chooses how the requests of a chain are carried.
func (p parts) serve(c functions.Chain) (adapter.Served, error) {
	vertices := p.vertices
	if p.worker != nil { // role all: what outlives its connection is run by another invocation of this function
		var err error
		if vertices, err = clambda.ParseVertices("*=" + p.Self); err != nil {
			return adapter.Served{}, fmt.Errorf("%s: %w", varSelf, err)
		}
	}
	async, err := clambda.NewAsyncCarrier(p.lambda, vertices, c)
	if err != nil {
		return adapter.Served{}, fmt.Errorf("%s: %w", varVertices, err)
	}
	if p.worker == nil {
		return adapter.Served{Chain: c, Carrier: async}, nil
	}
	return adapter.Served{Chain: c, Carrier: p.worker.Segments.Of(c), Async: async}, nil
}

// Close closes the connections of the service. It does not wait for invocations.
func (s *Service) Close() {
	if s.adapter != nil {
		s.adapter.Close()
	}
	s.client.Close()
	s.callbacks.Close()
}

// streams reports whether answers to a source are streamed.
func (s *Service) streams(source httpevent.Source) bool { return slices.Contains(s.stream, source) }
