package emulator

import (
	"io"
	"log/slog"
	"time"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// DefaultEach is how many environments of one function work at once, unless told
// otherwise: enough to see what concurrency does, and little enough for a laptop.
const DefaultEach = 32

// Options of an emulator. The zero value is usable for a stack without tables.
type Options struct {
	// Tables is the URL of a DynamoDB-compatible server. Tables that are not
	// there are made; those that are, are taken as they are.
	Tables string
	// Listen is the address of the first API; "" means any free port of
	// 127.0.0.1. Everything else takes a free port.
	Listen string
	// Bootstrap gives the executable of a function; nil, or "", means the file
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
	// Duplicate says how often each asynchronous event of a function is
	// delivered, for tests; nil means once.
	Duplicate func(function string) int
	// NoFreeze lets processes run on between invocations.
	NoFreeze bool
	// Timeout is how long an API waits for a function; 0 means the platform's
	// 30 s.
	Timeout time.Duration
	// Log gives a writer for the output of a function; nil means that it is
	// only kept for [Emulator.Logs].
	Log func(function string) io.Writer
	// Access is told of every request to an API or a Function URL; nil means
	// nobody is. It is called concurrently.
	Access func(gateway.Access)
	// Logger hears of troubles; nil means none.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Each == 0 {
		o.Each = DefaultEach
	}
	if o.Bootstrap == nil {
		o.Bootstrap = func(template.Function) string { return "" }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Log == nil {
		o.Log = func(string) io.Writer { return nil }
	}
	return o
}
