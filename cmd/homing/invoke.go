package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/render"
	"github.com/homing-dev/homing/cmd/homing/internal/settings"
)

// invokeOptions are the flags of `homing invoke`.
type invokeOptions struct {
	file, data            string
	fileGiven, dataGiven  bool
	headers, query        []string
	method, key           string
	event, async          bool
	wait, timeout         settings.Span
	url, chainFile, token string
	show                  render.Options
	log                   logOptions
}

func (a *app) invoke() (*cobra.Command, error) {
	var o invokeOptions
	cmd := &cobra.Command{
		Use:   "invoke [CHAIN | /PATH]",
		Short: "Run one request of a chain, here or on a server",
		Long: `Runs one request of a chain and prints the reply. Without --url the chain runs
in this process, and no server is needed.

CHAIN may be left out if there is only one, and for an event, whose type names
its chain. The body comes from --file, from --data, or else from the standard
input.

On a terminal JSON is indented and coloured; elsewhere every reply is printed as
it is. The exit code is 0 for a reply, 1 if it has a status of 400 or above or
does not come, and 2 if the request cannot be sent as it was given.`,
		Example: `  homing invoke quote -f testdata/order.json
  homing invoke thumbnail -q w=320 -f photo.jpg -o thumb.jpg
  homing invoke quote --url http://127.0.0.1:8080 --async < order.json
  homing invoke --event -d '{"specversion":"1.0","id":"1","source":"/me","type":"homing.quote","data":{}}'`,
		Args:              atMost(1),
		ValidArgsFunction: a.completeChain,
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		if err := settings.Load(cmd, a.environ); err != nil {
			return err
		}
		o.fileGiven, o.dataGiven = cmd.Flags().Changed("file"), cmd.Flags().Changed("data")
		name := ""
		if len(args) > 0 {
			name = args[0]
		}
		return a.invokeChain(cmd.Context(), name, o)
	})
	names := o.define(cmd)
	return cmd, settings.Mark(cmd.Flags(), names...)
}

// define adds the flags and gives the names of those that are settings.
func (o *invokeOptions) define(cmd *cobra.Command) []string {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&o.file, "file", "f", "", "`FILE` with the body; - is the standard input")
	f.StringVarP(&o.data, "data", "d", "", "`TEXT` of the body")
	cmd.MarkFlagsMutuallyExclusive("file", "data")
	f.StringArrayVarP(&o.query, "query", "q", nil, "parameter `NAME=VALUE` of the query (repeatable)")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "request header `'NAME: VALUE'` (repeatable)")
	f.StringVar(&o.method, "method", "", "HTTP `METHOD` (default: that of the chain's route)")
	f.BoolVar(&o.event, "event", false, "the body is a CloudEvent in JSON, and so is the reply")
	f.BoolVar(&o.async, "async", false, "ask for the reply later, and follow the steps until it is there")
	f.Var(&o.wait, "wait", "how long the server may hold the answer; after it comes 202, and --async follows")
	f.StringVar(&o.key, "key", "", "idempotency `KEY`: the same call is run once")
	f.StringVarP(&o.show.Output, "output", "o", "", "`FILE` for the reply; - is the standard output even if the reply is binary")
	f.BoolVarP(&o.show.Include, "include", "i", false, "print status and headers too")
	f.Var(&o.timeout, "timeout", "longest time to wait for the reply (default: the chain's own)")
	f.StringVar(&o.url, "url", "", "`URL` of a server, such as http://127.0.0.1:8080 (default: run in this process)")
	f.StringVar(&o.chainFile, "chain", "", "`FILE` that declares the chains, without --url (default: the built-in chains)")
	f.StringVar(&o.token, "token", "", "bearer `TOKEN` for the server; better in HOMING_TOKEN, where others cannot see it")
	o.log.define(f, "warn")
	return []string{"timeout", "url", "chain", "token", logLevel, logFormat}
}

// completeChain completes the names of the chains that are built in.
func (*app) completeChain(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	chains, err := loadChains("")
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, r := range client.RoutesOf(chains) {
		names = append(names, r.Chain)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// timeoutOf is 0 for a call that may take as long as its chain.
func (o *invokeOptions) timeoutOf() time.Duration { return time.Duration(o.timeout) }
