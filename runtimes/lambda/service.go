package lambda

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/runtimes"
)

// Clients are the AWS services that a function uses. A role needs DynamoDB
// unless Options.Store is given; all but "failure" need Lambda, and that needs
// SQS.
type Clients struct {
	DynamoDB dynamodb.API
	Lambda   clambda.API
	SQS      deadletter.API
}

// Options of [New]. Zero values mean defaults.
type Options struct {
	// Store keeps the replies; nil means the table of the Config in DynamoDB.
	Store reply.Store
	// Logger hears of failures; nil means slog.Default().
	Logger *slog.Logger
}

// Service is what a function does, whatever its role. It is safe for
// concurrent use.
type Service struct {
	role    string
	stream  []httpevent.Source
	adapter *adapter.Adapter    // nil if its role has none
	vertex  *vertex             // the same
	failure *deadletter.Handler // the same
	client  *carrier.Client
	log     *slog.Logger
}

// New makes the service of a function for the given chains.
func New(cfg Config, chains []functions.Chain, clients Clients, o Options) (*Service, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	cfg.Retention, cfg.MaxWait = orDefault(cfg.Retention, DefaultRetention), orDefault(cfg.MaxWait, DefaultMaxWait)
	store := o.Store
	if store == nil {
		made, err := dynamodb.New(dynamodb.Options{Client: clients.DynamoDB, Table: cfg.Table, Arrivals: cfg.Arrivals})
		if err != nil {
			return nil, fmt.Errorf("make the reply store: %w", err)
		}
		store = made
	}
	s := &Service{role: cfg.Role, stream: cfg.Stream, log: o.Logger, client: carrier.NewClient(carrier.Options{})}
	if cfg.Role == RoleFailure {
		if clients.SQS == nil {
			return nil, errors.New("the role failure needs a client for SQS")
		}
		s.failure = deadletter.New(deadletter.Options{
			Queue: clients.SQS, QueueURL: cfg.DeadLetters, Store: store, Retention: cfg.Retention, Logger: o.Logger,
		})
		return s, nil
	}
	if clients.Lambda == nil {
		return nil, fmt.Errorf("the role %s needs a client for Lambda", cfg.Role)
	}
	p := parts{
		Config: cfg, store: store, lambda: clambda.New(clients.Lambda), http: s.client, log: o.Logger, metrics: prometheus.NewRegistry(),
	}
	if err := p.fill(s, chains); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// parts are what the adapter and the vertex of a service are made of.
type parts struct {
	Config

	store   reply.Store
	lambda  *clambda.Client
	http    *carrier.Client
	log     *slog.Logger
	metrics *prometheus.Registry
}

// fill makes the parts of a service that its role needs.
func (p parts) fill(s *Service, chains []functions.Chain) (err error) {
	if p.Role != RoleAdapter {
		if s.vertex, err = newVertex(p, chains); err != nil {
			return err
		}
	}
	if p.Role == RoleVertex {
		return nil
	}
	served := make([]adapter.Served, 0, len(chains))
	for _, c := range chains {
		one, err := p.serve(s.vertex, c)
		if err != nil {
			return err
		}
		served = append(served, one)
	}
	s.adapter, err = adapter.New(adapter.Config{
		Store: p.store, SharedStore: true, Tokens: p.Tokens, MaxWait: p.MaxWait, Retention: p.Retention,
		FreezesAfterResponse: true, Price: p.Poll, Logger: p.log, Metrics: p.metrics,
	}, served...)
	if err != nil {
		return fmt.Errorf("make the adapter: %w", err)
	}
	return nil
}

// serve says how the requests of a chain are carried.
func (p parts) serve(v *vertex, c functions.Chain) (adapter.Served, error) {
	vertices := p.Vertices
	if v != nil { // role all: what outlives its connection is run by another invocation of this function
		var err error
		if vertices, err = clambda.ParseVertices("*=" + p.Self); err != nil {
			return adapter.Served{}, fmt.Errorf("%s: %w", varSelf, err)
		}
	}
	oneWay, err := clambda.NewAsyncCarrier(p.lambda, vertices, c)
	if err != nil {
		return adapter.Served{}, fmt.Errorf("%s: %w", varVertices, err)
	}
	if v == nil {
		return adapter.Served{Chain: c, Carrier: oneWay}, nil
	}
	return adapter.Served{Chain: c, Carrier: v.legs.Of(c), Async: oneWay}, nil
}

// Close gives back what the service holds. It does not wait for invocations.
func (s *Service) Close() {
	if s.adapter != nil {
		s.adapter.Close()
	}
	s.client.Close()
}

// streams says whether answers to a source are streamed.
func (s *Service) streams(source httpevent.Source) bool { return slices.Contains(s.stream, source) }

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// remoteSteps gives c with a function for every step that runs elsewhere: at a
// URL, or in a Lambda that lambda:NAME names.
func (p parts) remoteSteps(c functions.Chain) functions.Chain {
	return runtimes.BindRemoteSteps(p.http, c, runtimes.RemoteSteps{"lambda": func(url string, slip carrier.Slip) functions.Function {
		return p.lambda.Step(strings.TrimPrefix(url, "lambda:"), slip)
	}})
}
