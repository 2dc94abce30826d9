package peer

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// Name of a server.
type Name string

// The servers.
const (
	Echo   Name = "net/http echo"
	Plain  Name = "hand-written"
	Homing Name = "Homing inline"
)

// Names are the servers that run all steps themselves, in the order in which a
// round runs them.
func Names() []Name { return []Name{Echo, Plain, Homing} }

// Path is the route that every server has; it takes POST.
const Path = "/work"

// Serve runs a server over the steps of work on ln until ctx ends.
func Serve(ctx context.Context, name Name, work Work, place Place, ln net.Listener) error {
	switch name {
	case Echo:
		return serveBare(ctx, ln, http.HandlerFunc(echo))
	case Plain:
		mux := http.NewServeMux()
		mux.Handle("POST "+Path, plain(work.Steps))
		return serveBare(ctx, ln, mux)
	case Homing:
		return serveHoming(ctx, ln, work.Steps)
	case SDKHops, SDKPooled:
		return serveSDKHops(ctx, ln, place.URLs, name == SDKPooled)
	case SDKStep:
		return serveSDKStep(ctx, ln, work.Steps[place.Step-1])
	case HomingHops:
		return serveHomingHops(ctx, ln, place.URLs)
	case HomingStep:
		return serveVertex(ctx, ln, work.Steps, place.Step)
	case RedisAdapter, RedisVertex:
		return serveRedis(ctx, ln, name, work.Steps, place.URLs)
	default:
		return fmt.Errorf("there is no server %q; there are %q", name, append(Names(), HopNames()...))
	}
}

// serveBare serves h without any limit, which is the least that net/http does.
func serveBare(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h} //nolint:gosec // a time limit is what Homing adds, and what is measured
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(ln); ctx.Err() == nil {
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	}
	return nil
}
