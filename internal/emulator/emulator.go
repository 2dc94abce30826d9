package emulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/homing-dev/homing/internal/emulator/bucket"
	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/invoke"
	"github.com/homing-dev/homing/internal/emulator/queue"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// DefaultEach is the default of Options.Each: enough to see what concurrency
// does, and little enough for a laptop.
const DefaultEach = 32

// Options of an emulator. The zero value is usable for a stack without tables.
type Options struct {
	// Tables is the URL of a DynamoDB-compatible server. Tables that are not
	// there are made; those that are, are taken as they are.
	Tables string
	// Listen is the address of the first API; "" means any free port of
	// 127.0.0.1. Everything else takes a free port.
	Listen string
	// Bootstrap returns the executable of a function; nil, or "", means the file
	// bootstrap in its folder.
	Bootstrap func(template.Function) string
	// Env is added to the environment of all functions.
	Env map[string]string
	// RetryDelays are the pauses before the retries of an asynchronous event;
	// nil means Lambda's: 1 and 2 minutes.
	RetryDelays []time.Duration
	// Each is how many environments of one function may work at once; further
	// invocations wait. 0 means [DefaultEach].
	Each int
	// Duplicate is how often each asynchronous event of a function is
	// delivered, for tests; nil means once.
	Duplicate func(function string) int
	// NoFreeze lets processes run on between invocations.
	NoFreeze bool
	// Timeout is how long an API waits for a function; 0 means the platform's
	// 30 s.
	Timeout time.Duration
	// Log returns a writer for the output of a function; nil means that it is
	// only kept for [Emulator.Logs].
	Log func(function string) io.Writer
	// Access is called after every request to an API or a Function URL,
	// concurrently; nil means that nothing is.
	Access func(gateway.Access)
	// Logger logs troubles; nil means none.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.Each = cmp.Or(o.Each, DefaultEach)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Bootstrap == nil {
		o.Bootstrap = func(template.Function) string { return "" }
	}
	if o.Log == nil {
		o.Log = func(string) io.Writer { return nil }
	}
	return o
}

// Emulator is a stack that runs. It is safe for concurrent use.
type Emulator struct {
	stack   template.Stack
	options Options
	lambda  *invoke.Service
	queues  *queue.Service
	buckets *bucket.Service
	logs    map[string]*tail // by the names of functions

	servers []*server
	// local are the addresses on this machine by those on AWS; replacer puts
	// them in their places.
	local    map[string]string
	replacer *strings.Replacer

	// transport has the connections of this process's own clients.
	transport *http.Transport
	// failed has the error of the first address that is no longer served.
	failed chan error
	// polling ends the feeding of functions from queues.
	polling context.CancelFunc
	pollers sync.WaitGroup
	close   sync.Once
	closed  error
}

// Addresses under which the services are known.
const (
	lambdaService = "lambda"
	queueService  = "sqs"
	bucketService = "s3"
	eventService  = "events"
)

// Start runs a stack and returns when its addresses are served. ctx bounds that
// and nothing after it: the stack runs until Close.
func Start(ctx context.Context, stack template.Stack, o Options) (*Emulator, error) {
	e := &Emulator{
		stack: stack, options: o.withDefaults(), logs: map[string]*tail{}, local: map[string]string{},
		transport: &http.Transport{}, failed: make(chan error, 1), polling: func() {},
	}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start the stack %s: %w", stack.Name, err), e.Close(context.WithoutCancel(ctx)))
	}
	return e, nil
}

// start opens every address first: it must be known before there are functions,
// whose environments have it.
func (e *Emulator) start(ctx context.Context) error {
	if err := e.checkExecutables(); err != nil {
		return err
	}
	if err := e.listen(ctx); err != nil {
		return err
	}
	if err := e.CreateTables(ctx); err != nil {
		return err
	}
	e.makeQueues()
	e.makeBuckets()
	if err := e.makeLambda(ctx); err != nil {
		return err
	}
	for _, s := range e.servers {
		s.serve()
	}
	e.poll(context.WithoutCancel(ctx))
	return nil
}

// Failed receives an error when an address of the stack is no longer served,
// which should not happen: who runs it should end it. There is at most one.
func (e *Emulator) Failed() <-chan error { return e.failed }

// makeQueues creates the queues of the stack, empty.
func (e *Emulator) makeQueues() {
	o := queue.Options{
		Region: e.stack.Region, Account: e.stack.Account, URL: e.SQSURL(), Attributes: map[string]queue.Attributes{},
	}
	for _, q := range e.stack.Queues {
		o.Queues = append(o.Queues, q.Name)
		o.Attributes[q.Name] = queue.Attributes{
			Visibility: q.Visibility, Retention: q.Retention, DeadLetter: q.DeadLetter, MaxReceives: q.MaxReceives,
		}
	}
	e.queues = queue.New(o)
}

// makeBuckets creates the buckets of the stack, empty.
func (e *Emulator) makeBuckets() {
	names := make([]string, 0, len(e.stack.Buckets))
	for _, b := range e.stack.Buckets {
		names = append(names, b.Name)
	}
	e.buckets = bucket.New(names...)
}

// makeLambda creates the Lambda service; no function is started by it.
func (e *Emulator) makeLambda(ctx context.Context) error {
	functions := make([]invoke.Function, 0, len(e.stack.Functions))
	for _, f := range e.stack.Functions {
		env := make(map[string]string, len(f.Environment))
		for name, value := range f.Environment {
			env[name] = e.replacer.Replace(value)
		}
		functions = append(functions, invoke.Function{
			Name: f.Name, ARN: f.ARN, Dir: f.Dir, Bootstrap: e.options.Bootstrap(f), Env: env,
			Timeout: f.Timeout, MemoryMB: f.MemoryMB, Reserved: f.Reserved,
			Retries: f.Retries, MaxAge: f.MaxAge, OnFailure: f.OnFailure, OnSuccess: f.OnSuccess, DeadLetter: f.DeadLetter,
		})
	}
	service, err := invoke.New(ctx, invoke.Options{
		Functions: functions, Env: e.environment(), Each: e.options.Each, Limit: e.options.Each * len(functions), Send: e.queues.Send,
		RetryDelays: e.options.RetryDelays, Duplicate: e.options.Duplicate, NoFreeze: e.options.NoFreeze,
		Log: e.log, Logger: e.options.Logger,
	})
	e.lambda = service
	return err
}

// environment is what every function knows of this machine.
func (e *Emulator) environment() map[string]string {
	env := map[string]string{
		"AWS_REGION":                e.stack.Region,
		"AWS_DEFAULT_REGION":        e.stack.Region,
		"AWS_ENDPOINT_URL_LAMBDA":   e.LambdaURL(),
		"AWS_ENDPOINT_URL_SQS":      e.SQSURL(),
		"AWS_EC2_METADATA_DISABLED": "true",
	}
	if url := e.local[bucketService]; url != "" {
		env["AWS_ENDPOINT_URL_S3"] = url
	}
	if e.options.Tables != "" {
		env["AWS_ENDPOINT_URL_DYNAMODB"] = e.options.Tables
	}
	maps.Copy(env, e.options.Env)
	return env
}

// Close ends everything: first who calls functions, then the functions. What
// was queued is lost. It may be called more than once.
func (e *Emulator) Close(ctx context.Context) error {
	e.close.Do(func() {
		e.polling()
		e.pollers.Wait()
		e.transport.CloseIdleConnections()
		var errs []error
		for _, s := range e.servers {
			if s.of != lambdaService && s.of != queueService && s.of != bucketService {
				errs = append(errs, s.stop())
			}
		}
		if e.lambda != nil {
			errs = append(errs, e.lambda.Close(ctx))
		}
		for _, s := range e.servers {
			errs = append(errs, s.stop())
		}
		if err := errors.Join(errs...); err != nil {
			e.closed = fmt.Errorf("close the stack %s: %w", e.stack.Name, err)
		}
	})
	return e.closed
}
