package emulator

import (
	"cmp"
	"io"
	"log/slog"
	"time"

	"github.com/homing-dev/homing/internal/emulator/gateway"
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
