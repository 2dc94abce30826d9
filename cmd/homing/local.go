package main

import (
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/settings"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// Where things are, unless a flag says otherwise.
const (
	sourceTemplate = "template.yaml"
	localPackage   = "./cmd/bootstrap"
	localPort      = 3000
)

func builtTemplate() string { return filepath.Join(".aws-sam", "build", sourceTemplate) }

// localOptions are the flags of `homing local`.
type localOptions struct {
	template, stack, region string
	parameters              []string
	port, concurrency       int
	data                    string
	retryDelay              settings.Span
	noFreeze, build         bool
	buildPackage            string
	log                     logOptions
}

func (a *app) local() (*cobra.Command, error) {
	o := localOptions{retryDelay: settings.Span(time.Second)}
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Run the AWS deployment on this machine",
		Long: `Runs a SAM template on this machine, without Docker and without an account: its
functions as processes, its API and Function URLs on 127.0.0.1, queues, and
tables in dynalite, which needs Node.js and is installed on first use.

Without --build it runs what "sam build" has left, and compiles the functions
again if they are for another kind of processor. With --build it compiles them
from the source, for which only Go is needed.

What the functions write, and each call, go to the standard error. The first
SIGINT or SIGTERM ends everything; tables are forgotten unless --data keeps
them.`,
		Example: `  sam build && homing local
  homing local --build
  homing local --build --parameter Shape=split --parameter Tokens=shop=0123456789abcdef
  homing local --build --port 9000 --data .aws-sam/data`,
		Args: atMost(0),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		if err := settings.Load(cmd, a.environ); err != nil {
			return err
		}
		return a.runLocal(cmd.Context(), o)
	})
	names := o.define(cmd)
	return cmd, settings.Mark(cmd.Flags(), names...)
}

// define adds the flags and gives the names of those that are settings.
func (o *localOptions) define(cmd *cobra.Command) []string {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.template, "template", "",
		"`FILE` with the template (default: "+filepath.ToSlash(builtTemplate())+", or template.yaml with --build)")
	f.StringArrayVarP(&o.parameters, "parameter", "p", nil, "`NAME=VALUE` of a parameter of the template; may be given more than once")
	f.BoolVar(&o.build, "build", false, "compile the functions, for this machine")
	f.StringVar(&o.buildPackage, "package", localPackage, "`PACKAGE` whose program is compiled")
	f.IntVar(&o.port, "port", localPort, "`PORT` of the API on 127.0.0.1; 0 takes any free one")
	f.StringVar(&o.data, "data", "", "`FOLDER` that keeps the tables (default: they are kept in memory)")
	f.IntVar(&o.concurrency, "concurrency", emulator.DefaultEach,
		"how many processes of one function work at once, at `MOST`; further calls wait for one")
	f.Var(&o.retryDelay, "retry-delay", "`TIME` that an event waits before it is tried again; on AWS 1 and 2 minutes")
	f.BoolVar(&o.noFreeze, "no-freeze", false, "let a function run on after its answer; on AWS it is stopped until the next call")
	f.StringVar(&o.stack, "stack-name", template.DefaultStackName, "`NAME` of the stack")
	f.StringVar(&o.region, "region", template.DefaultRegion, "`REGION` that the functions are told")
	o.log.define(f, "info")
	return []string{
		"template", "build", "package", "port", "data", "concurrency", "retry-delay", "no-freeze", "stack-name", "region", logLevel, logFormat,
	}
}
