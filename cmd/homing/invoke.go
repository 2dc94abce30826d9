package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/cmd/homing/internal/render"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/pipe"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/runtimes/local"
)

// invokeOptions are the flags of `homing invoke`.
type invokeOptions struct {
	file, data            string
	given                 func(flag string) bool // on the command line
	headers, query        []string
	method, key           string
	event, async          bool
	wait, timeout         time.Duration
	url, chainFile, token string
	at                    project.Options
	show                  render.Options
	log                   logOptions
}

func (a *app) invoke() (*cobra.Command, error) {
	var o invokeOptions
	cmd := &cobra.Command{
		Use:   "invoke [CHAIN | /PATH]",
		Short: "Run one request of a chain, here or on a server",
		Long: `Runs one request of a chain and prints the reply. Without --url the app in the
folder is built and started for this call alone.

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
	o.define(cmd)
	names := []string{"timeout", "url", "chain", "token", logLevel, logFormat}
	return a.withSettings(cmd, names, func(cmd *cobra.Command, args []string) error {
		o.given = cmd.Flags().Changed
		name := ""
		if len(args) > 0 {
			name = args[0]
		}
		return a.invokeChain(cmd.Context(), name, o)
	})
}

// define adds the flags.
func (o *invokeOptions) define(cmd *cobra.Command) {
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
	f.Var((*settings.Span)(&o.wait), "wait", "how long the server may hold the answer; after it comes 202, and --async follows")
	f.StringVar(&o.key, "key", "", "idempotency `KEY`: the same call is run once")
	f.StringVarP(&o.show.Output, "output", "o", "", "`FILE` for the reply; - is the standard output even if the reply is binary")
	f.BoolVarP(&o.show.Include, "include", "i", false, "print status and headers too")
	f.Var((*settings.Span)(&o.timeout), "timeout", "longest time to wait for the reply (default: the chain's own)")
	f.StringVar(&o.url, "url", "", "`URL` of a server, such as http://127.0.0.1:8080 (default: run the app in the folder)")
	f.StringVar(&o.chainFile, "chain", "", "`FILE` that declares the chains, without --url (default: chain.yaml of the app)")
	o.at.Define(f)
	f.StringVar(&o.token, "token", "", "bearer `TOKEN` for the server; better in HOMING_TOKEN, where others cannot see it")
	o.log.define(f, "warn")
}

// completeChain completes the names of the app's chains.
func (a *app) completeChain(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	app, err := a.load(cmd.Context(), project.Options{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, r := range client.RoutesOf(app.Chains) {
		names = append(names, r.Chain)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// invokeChain runs one request and shows its reply. name is a chain or a path.
func (a *app) invokeChain(ctx context.Context, name string, o invokeOptions) error {
	h, err := a.host(ctx, o)
	if err != nil {
		return err
	}
	preparing, cancel := o.limited(ctx)
	defer cancel()
	call, err := a.prepare(preparing, h, name, o)
	if err != nil {
		return err
	}
	c, stop, err := h.connect(ctx)
	if err != nil {
		return err
	}
	defer stop()
	exchanging, cancel := o.limited(ctx)
	defer cancel()
	got, err := a.exchange(exchanging, c, call, o)
	if err != nil {
		return err
	}
	if got.Status == http.StatusAccepted { // the wait is over, and nobody asked to follow
		if at := got.Header.Get("Location"); at != "" {
			a.inform("the reply is not there yet; fetch it later: " + c.Base + at)
		}
	}
	return render.Reply(a.Console, got, o.show)
}

// limited bounds what may wait for a server.
func (o *invokeOptions) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.timeout > 0 {
		return context.WithTimeout(ctx, o.timeout)
	}
	return context.WithCancel(ctx)
}

// exchange sends a call, and follows it if asked to.
func (a *app) exchange(ctx context.Context, c client.Client, call client.Call, o invokeOptions) (client.Reply, error) {
	wait := a.Err.Wait("waiting for the reply")
	defer wait.Stop()
	got, err := c.Send(ctx, call)
	if err != nil || !o.async || got.Status != http.StatusAccepted {
		return got, err
	}
	wait.Say("accepted", nil)
	return c.Follow(ctx, got, call.Header.Get("Accept"), func(p reply.Progress) {
		wait.Say(p.Step, func() {
			if line := render.Progress(a.Err, p); line != "" {
				a.inform(line)
			}
		})
	})
}

// inform writes to the standard error what is no failure.
func (a *app) inform(text string) {
	_, _ = io.WriteString(a.Err, text+"\n") // the reply matters, this does not
}

// host is where the chains run.
type host struct {
	// routes returns the routes of the chains that are there.
	routes func(context.Context) ([]client.Route, error)
	// connect returns a client, and what ends a server that was started for it.
	connect func(context.Context) (client.Client, func(), error)
}

// host finds the server that o names, or else the app in the folder.
func (a *app) host(ctx context.Context, o invokeOptions) (host, error) {
	if o.url != "" {
		base, err := client.ParseBase(o.url)
		if err != nil {
			return host{}, err
		}
		c := client.Client{Base: base, Token: o.token}
		return host{c.Routes, func(context.Context) (client.Client, func(), error) { return c, func() {}, nil }}, nil
	}
	log, err := a.logger(o.log)
	if err != nil {
		return host{}, err
	}
	var cfg settings.Config // of a server without settings
	o.at.Chain, o.at.Read = o.chainFile, []chainfile.Option{cfg.Serve(a.environ)}
	app, err := a.loadValid(ctx, o.at)
	if err != nil {
		return host{}, err
	}
	return host{
		routes: func(context.Context) ([]client.Route, error) { return client.RoutesOf(app.Chains), nil },
		connect: func(ctx context.Context) (client.Client, func(), error) {
			if app.Remote() {
				return serveHere(ctx, app.Chains, log)
			}
			return a.startForCall(ctx, app, o)
		},
	}, nil
}

// ownDrain is how long a call that was given up may keep the process.
const ownDrain = time.Second

// startForCall starts the app on a port of its own, as it is without settings, for
// one call.
func (a *app) startForCall(ctx context.Context, app project.App, o invokeOptions) (client.Client, func(), error) {
	running, err := app.Program.Start(context.WithoutCancel(ctx), project.Start{
		Without: settings.ServerVariable,
		Environ: []string{
			"HOMING_LISTEN=127.0.0.1:0", "HOMING_DRAIN=" + ownDrain.String(),
			"HOMING_LOG_LEVEL=" + o.log.level, "HOMING_LOG_FORMAT=" + o.log.format,
		},
		Stdout: a.Err.Writer, Stderr: a.Err.Writer, // what functions print is not the reply
	})
	if err != nil {
		return client.Client{}, nil, appEnded(err)
	}
	transport := &http.Transport{DisableCompression: true}
	return client.Client{Base: running.URL(), Transport: transport}, func() {
		transport.CloseIdleConnections()
		running.Signal(syscall.SIGTERM)
		<-running.Done()
	}, nil
}

// ownBase is the URL of the server in this process. Nobody looks it up.
const ownBase = "http://homing.invalid"

// serveHere serves chains of remote steps to this process alone: through the same
// server and adapter as any other, over connections in memory.
func serveHere(ctx context.Context, chains []functions.Chain, log *slog.Logger) (client.Client, func(), error) {
	cfg := adapter.Config{Store: memory.New(memory.Options{}), Logger: log}
	service, err := runtimes.Inline(chains, cfg, runtimes.WithRemoteSteps(lambda.RemoteSteps()))
	if err != nil {
		return client.Client{}, nil, err
	}
	// The call ends when ctx does; the server ends after it.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	ln := pipe.Listen()
	transport := &http.Transport{DialContext: ln.Dial, DisableCompression: true}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := (local.Server{Service: service, Drain: ownDrain, Logger: log}).Serve(serving, ln); err != nil {
			log.DebugContext(serving, "the server of this process", "error", err)
		}
	}()
	return client.Client{Base: ownBase, Transport: transport}, func() {
		transport.CloseIdleConnections()
		stop()
		<-ended
		service.Close()
	}, nil
}
