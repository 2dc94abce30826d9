package invoke

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Defaults of [Options].
const (
	DefaultLimit       = 64
	DefaultQueueLimit  = 10_000
	DefaultInitTimeout = 10 * time.Second
	DefaultIdleTime    = 5 * time.Minute
)

// Options of a [Service]. The zero value of every field but Functions is
// usable.
type Options struct {
	// Functions that can be invoked.
	Functions []Function
	// Env is the environment of all functions: endpoints, region, credentials.
	// Nothing of this process's own environment reaches a function but PATH.
	Env map[string]string
	// Limit is how many environments of functions without a reservation may
	// work at once: the account's concurrency; 0 means [DefaultLimit].
	Limit int
	// Each is how many environments of one function without a reservation may
	// work at once, for a machine that is smaller than the account: who invokes
	// it beyond waits. 0 means that nobody waits: Limit alone holds, and who is
	// beyond it is throttled.
	Each int
	// Send puts a body in the queue of an ARN, for destinations and dead
	// letters; nil means that such a record is dropped, and logged. It is
	// called concurrently. Its context ends with the service.
	Send func(ctx context.Context, queueARN string, body []byte) error
	// RetryDelays is the pause before each retry of an asynchronous event, the
	// last one for all further; nil means those of Lambda, 1 and 2 minutes.
	RetryDelays []time.Duration
	// QueueLimit is how many asynchronous events may wait or run at once; 0
	// means [DefaultQueueLimit]. Beyond, they are throttled.
	QueueLimit int
	// Duplicate is how many times each asynchronous event of a function is
	// delivered, for tests of what at-least-once means; nil and less than 1
	// mean once.
	Duplicate func(function string) int
	// InitTimeout is how long a process may take until it asks for its first
	// invocation; 0 means [DefaultInitTimeout].
	InitTimeout time.Duration
	// IdleTime is how long an environment without work is kept; 0 means
	// [DefaultIdleTime].
	IdleTime time.Duration
	// NoFreeze lets processes run on between invocations.
	NoFreeze bool
	// Log is where the output of a function goes; nil, and a nil writer, mean
	// nowhere. It is called once for each function, and what is written by
	// several environments is written by one at a time.
	Log func(function string) io.Writer
	// Logger logs environments and lost records; nil means none.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.Limit = cmp.Or(o.Limit, DefaultLimit)
	o.QueueLimit = cmp.Or(o.QueueLimit, DefaultQueueLimit)
	o.InitTimeout = cmp.Or(o.InitTimeout, DefaultInitTimeout)
	o.IdleTime = cmp.Or(o.IdleTime, DefaultIdleTime)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.RetryDelays == nil {
		o.RetryDelays = []time.Duration{time.Minute, 2 * time.Minute}
	}
	if o.Duplicate == nil {
		o.Duplicate = func(string) int { return 1 }
	}
	if o.Send == nil {
		o.Send = func(context.Context, string, []byte) error { return errors.New("there are no queues here") }
	}
	if o.Log == nil {
		o.Log = func(string) io.Writer { return nil }
	}
	return o
}

func (o Options) region() string { return cmp.Or(o.Env["AWS_REGION"], defaultRegion) }

func (o Options) validate() error {
	var errs []error
	if o.Limit < 0 || o.Each < 0 || o.QueueLimit < 0 || o.InitTimeout < 0 || o.IdleTime < 0 {
		errs = append(errs, errors.New("a limit or a time is negative"))
	}
	seen := map[string]bool{}
	for _, f := range o.Functions {
		errs = append(errs, f.validate())
		if seen[f.Name] {
			errs = append(errs, fmt.Errorf("two functions are named %q", f.Name))
		}
		seen[f.Name] = true
	}
	return errors.Join(errs...)
}
