package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/guide"
	"github.com/homing-dev/homing/cmd/homing/internal/settings"
	"github.com/homing-dev/homing/internal/lambdastep"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/local"
)

// serveChains serves until ctx ends, and drains.
func (a *app) serveChains(ctx context.Context, o serveOptions) (err error) {
	log, err := a.logger(o.log)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	tokens, err := settings.Tokens(o.tokens, o.tokensFile)
	if err != nil {
		return err
	}
	chains, err := chainsToUse(o.chain)
	if err != nil {
		return err
	}
	made, err := runtimes.Inline(chains, o.adapterConfig(tokens, log), runtimes.WithRemoteSteps(lambdastep.Lambda()))
	if err != nil {
		return err
	}
	defer made.Close()
	ln, err := listen(ctx, o.listen)
	if err != nil {
		return err
	}
	warnIfOpen(ctx, log, ln.Addr(), len(tokens) > 0)
	text := guide.Guide{Base: baseURL(ln.Addr()), Chains: chains, Tokens: len(tokens) > 0, Exists: a.exists}.String()
	if err := a.printf("%s", text); err != nil {
		return errors.Join(err, ln.Close())
	}
	if err := o.server(made, log).Serve(ctx, ln); err != nil {
		return err
	}
	log.InfoContext(ctx, "stopped")
	return nil
}

// check finds what the adapter and the store would take for their defaults.
func (o *serveOptions) check() error {
	for name, n := range map[string]int{"--max-in-flight": o.maxInFlight, "--store-entries": o.storeEntries} {
		if n < 1 {
			return exit.Usagef("%s must be at least 1", name)
		}
	}
	for name, d := range map[string]settings.Span{
		"--keep": o.keep, "--drain": o.drain, "--header-timeout": o.headerTimeout,
		"--request-timeout": o.requestTimeout, "--idle-timeout": o.idleTimeout,
	} {
		if d == 0 {
			return exit.Usagef("%s must be greater than 0", name)
		}
	}
	return nil
}

func (o *serveOptions) adapterConfig(tokens []adapter.Token, log *slog.Logger) adapter.Config {
	return adapter.Config{
		Store:       memory.New(memory.Options{MaxEntries: o.storeEntries, MaxBytes: int64(o.storeBytes)}),
		Tokens:      tokens,
		MaxBody:     int64(o.maxBody),
		MaxInFlight: o.maxInFlight,
		MaxWait:     time.Duration(o.maxWait),
		Retention:   time.Duration(o.keep),
		Logger:      log,
	}
}

func (o *serveOptions) server(a *adapter.Adapter, log *slog.Logger) local.Server {
	return local.Server{
		Service:        a,
		HeaderTimeout:  time.Duration(o.headerTimeout),
		RequestTimeout: time.Duration(o.requestTimeout),
		IdleTimeout:    time.Duration(o.idleTimeout),
		Drain:          time.Duration(o.drain),
		Logger:         log,
	}
}

// warnIfOpen warns of chains that anybody in the network may call.
func warnIfOpen(ctx context.Context, log *slog.Logger, addr net.Addr, tokens bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && !tcp.IP.IsLoopback() && !tokens {
		log.WarnContext(ctx, "anybody who reaches this address may call the chains; set HOMING_TOKENS or --tokens-file, or listen on 127.0.0.1",
			"address", addr.String())
	}
}

// baseURL is where a client on this machine finds the server.
func baseURL(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
	return "http://" + addr.String()
}
