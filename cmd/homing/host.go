package main

import (
	"context"
	"net/http"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/pipe"
	"github.com/homing-dev/homing/internal/lambdastep"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/local"
)

// ownBase is the URL of the server in this process. Nobody looks it up.
const ownBase = "http://homing.invalid"

// ownDrain is how long a call that was given up may keep the process.
const ownDrain = time.Second

// ownHost serves the chains to this process alone: through the same server and
// adapter as any other, over connections in memory.
func (a *app) ownHost(ctx context.Context, o invokeOptions) (host, error) {
	log, err := a.logger(o.log)
	if err != nil {
		return host{}, err
	}
	chains, err := chainsToUse(o.chainFile)
	if err != nil {
		return host{}, err
	}
	cfg := adapter.Config{Store: memory.New(memory.Options{}), Logger: log}
	made, err := runtimes.Inline(chains, cfg, runtimes.WithRemoteSteps(lambdastep.Lambda()))
	if err != nil {
		return host{}, err
	}
	// The call ends when ctx does; the server ends after it.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	ln := pipe.Listen()
	transport := &http.Transport{DialContext: ln.Dial, DisableCompression: true}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := (local.Server{Service: made, Drain: ownDrain, Logger: log}).Serve(serving, ln); err != nil {
			log.DebugContext(serving, "the server of this process", "error", err)
		}
	}()
	return host{
		client: client.Client{Base: ownBase, Transport: transport},
		routes: func(context.Context) ([]client.Route, error) { return client.RoutesOf(chains), nil },
		close: func() {
			transport.CloseIdleConnections()
			stop()
			<-ended
			made.Close()
		},
	}, nil
}
