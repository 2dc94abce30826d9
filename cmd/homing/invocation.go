package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/render"
)

// invokeChain runs one request and shows its reply. name is a chain or a path.
func (a *app) invokeChain(ctx context.Context, name string, o invokeOptions) error {
	if o.timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, o.timeoutOf())
		defer cancel()
		ctx = limited
	}
	host, err := a.host(ctx, o)
	if err != nil {
		return err
	}
	defer host.close()
	call, err := a.prepare(ctx, host, name, o)
	if err != nil {
		return err
	}
	got, err := a.exchange(ctx, host.client, call, o)
	if err != nil {
		return err
	}
	if got.Status == http.StatusAccepted { // the wait is over, and nobody asked to follow
		if at := got.Header.Get("Location"); at != "" {
			a.tell("the reply is not there yet; fetch it later: " + host.client.Base + at)
		}
	}
	return render.Reply(a.Console, got, o.show)
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
				a.tell(line)
			}
		})
	})
}

// tell says something on the standard error that is no failure.
func (a *app) tell(text string) {
	_, _ = io.WriteString(a.Err, text+"\n") // the reply matters, this does not
}

// host is where the chains run.
type host struct {
	client client.Client
	// routes gives the routes of the chains that are there.
	routes func(context.Context) ([]client.Route, error)
	close  func()
}

// host finds the server that o names, or makes one in this process.
func (a *app) host(ctx context.Context, o invokeOptions) (host, error) {
	if o.url == "" {
		return a.ownHost(ctx, o)
	}
	base, err := client.ParseBase(o.url)
	if err != nil {
		return host{}, err
	}
	c := client.Client{Base: base, Token: o.token}
	return host{client: c, routes: c.Routes, close: func() {}}, nil
}

// prepare makes the call that o asks for.
func (a *app) prepare(ctx context.Context, h host, name string, o invokeOptions) (client.Call, error) {
	route, err := chooseRoute(ctx, h, name, o)
	if err != nil {
		return client.Call{}, err
	}
	call := client.Call{Method: route.Method}
	if o.method != "" {
		call.Method = o.method
	}
	if call.Path, err = withQuery(route.Path, o.query); err != nil {
		return client.Call{}, err
	}
	if call.Header, err = requestHeaders(o); err != nil {
		return client.Call{}, err
	}
	if call.Body, err = a.body(ctx, call.Method, o); err != nil {
		return client.Call{}, err
	}
	if o.event {
		return call, checkType(call.Body, name, route)
	}
	if len(call.Body) > 0 && call.Header.Get("Content-Type") == "" {
		call.Header.Set("Content-Type", guessType(o.file, route.Consumes, call.Body))
	}
	return call, nil
}

// notSent is the error of a request that makes no sense.
func notSent(format string, args ...any) *exit.Error {
	return exit.Usagef("%w", fmt.Errorf(format, args...)).Then("see `homing invoke --help`")
}
