package main

import (
	"log/slog"
	"strings"

	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
)

// Names of the flags of [logOptions].
const (
	logLevel  = "log-level"
	logFormat = "log-format"
)

// logOptions say what is logged to the standard error, and how.
type logOptions struct{ level, format string }

func (o *logOptions) define(f *pflag.FlagSet, level string) {
	f.StringVar(&o.level, logLevel, level, "least `LEVEL` to log: "+strings.Join(console.LogLevels(), ", "))
	f.StringVar(&o.format, logFormat, "auto", "`FORMAT` of the log: "+strings.Join(console.LogFormats(), ", ")+
		"; auto is text on a terminal and json elsewhere")
}

func (a *app) logger(o logOptions) (*slog.Logger, error) {
	return a.Err.Logger(o.level, o.format)
}
