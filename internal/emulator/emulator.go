package emulator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/invoke"
	"github.com/homing-dev/homing/internal/emulator/queue"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// Emulator is a stack that runs. It is safe for concurrent use.
type Emulator struct {
	stack   template.Stack
	options Options
	lambda  *invoke.Service
	queues  *queue.Service
	logs    *logs

	servers []*server
	// local are the addresses on this machine by those on AWS; replacer puts
	// them in their places.
	local    map[string]string
	replacer *strings.Replacer

	// polling ends the feeding of functions from queues, closeIdle its
	// connections.
	polling   context.CancelFunc
	closeIdle func()
	pollers   sync.WaitGroup
	close     sync.Once
	closed    error
}

// Addresses under which the services are known.
const (
	lambdaService = "lambda"
	queueService  = "sqs"
)

// Start runs a stack and returns when its addresses answer. ctx bounds that
// and nothing after it: the stack runs until Close.
func Start(ctx context.Context, stack template.Stack, o Options) (*Emulator, error) {
	e := &Emulator{
		stack: stack, options: o.withDefaults(), logs: newLogs(), local: map[string]string{},
		polling: func() {}, closeIdle: func() {},
	}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start the stack %s: %w", stack.Name, err), e.Close(context.WithoutCancel(ctx)))
	}
	return e, nil
}

// Run is Start, and Close when ctx ends.
func Run(ctx context.Context, stack template.Stack, o Options) error {
	e, err := Start(ctx, stack, o)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return e.Close(context.WithoutCancel(ctx))
}

// start opens every address first: what the functions are told must be known
// before there are functions.
func (e *Emulator) start(ctx context.Context) error {
	if err := e.checkExecutables(); err != nil {
		return err
	}
	if err := e.listen(ctx); err != nil {
		return err
	}
	if err := e.createTables(ctx); err != nil {
		return err
	}
	e.makeQueues()
	if err := e.makeLambda(); err != nil {
		return err
	}
	e.serve()
	e.poll(context.WithoutCancel(ctx))
	return nil
}

// makeLambda makes the Lambda service; no function is started by it.
func (e *Emulator) makeLambda() error {
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
	service, err := invoke.New(invoke.Options{
		Functions: functions, Env: e.environment(), Each: e.options.Each, Limit: e.options.Each * len(functions), Send: e.queues.Send,
		RetryDelays: e.options.RetryDelays, Duplicate: e.options.Duplicate, NoFreeze: e.options.NoFreeze,
		Log: e.logs.writer(e.options.Log), Logger: e.options.Logger,
	})
	e.lambda = service
	return err
}

// environment is what every function is told of this machine.
func (e *Emulator) environment() map[string]string {
	env := map[string]string{
		"AWS_REGION":                e.stack.Region,
		"AWS_DEFAULT_REGION":        e.stack.Region,
		"AWS_ENDPOINT_URL_LAMBDA":   e.LambdaURL(),
		"AWS_ENDPOINT_URL_SQS":      e.SQSURL(),
		"AWS_EC2_METADATA_DISABLED": "true",
	}
	if e.options.Tables != "" {
		env["AWS_ENDPOINT_URL_DYNAMODB"] = e.options.Tables
	}
	maps.Copy(env, e.options.Env)
	return env
}

// serve answers on the addresses that are open.
func (e *Emulator) serve() {
	o := gateway.Options{
		Lambda: lambda{e.lambda}, Account: e.stack.Account, Region: e.stack.Region,
		Timeout: e.options.Timeout, Log: e.options.Access,
	}
	handlers := map[string]http.Handler{lambdaService: e.lambda.Handler(), queueService: e.queues.Handler()}
	for _, api := range e.stack.APIs {
		handlers[api.URL] = gateway.NewAPI(api, o)
	}
	for _, f := range e.stack.Functions {
		if f.URL != nil {
			handlers[f.URL.URL] = gateway.NewURL(f.Name, *f.URL, o)
		}
	}
	for _, s := range e.servers {
		s.start(handlers[s.of])
	}
}

// Close ends everything: first who calls functions, then the functions. What
// was queued is lost. It may be called more than once.
func (e *Emulator) Close(ctx context.Context) error {
	e.close.Do(func() {
		e.polling()
		e.pollers.Wait()
		e.closeIdle()
		var errs []error
		for _, s := range e.servers {
			if s.of != lambdaService && s.of != queueService {
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
