package local

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/homing-dev/homing/internal/hosts"
)

// Defaults of a [Server].
const (
	DefaultHeaderTimeout  = 5 * time.Second
	DefaultRequestTimeout = 30 * time.Second
	DefaultWriteTimeout   = 20 * time.Second
	DefaultIdleTimeout    = 2 * time.Minute
	DefaultMaxHeader      = 32 << 10
	// DefaultDrain is less than the 30 s after which Kubernetes kills a container.
	DefaultDrain = 25 * time.Second
)

// closeTime is the part of the drain time that is kept for answering and
// closing what could not finish: a quarter, and a second at most.
const (
	closePart = 4
	closeMost = time.Second
)

// Service is what a [Server] serves: an adapter, or a vertex.
type Service interface {
	http.Handler

	// Drain takes no more calls and returns nil when the last one has ended; if
	// ctx ends first, what still runs is answered, and the cause of ctx
	// returned.
	Drain(ctx context.Context) error
}

// Server serves a service. The zero value of every field but Service is usable.
type Server struct {
	Service Service
	// Certificates are those by which it speaks TLS; none means that it does not.
	Certificates Certificates
	// HeaderTimeout is how long a client may take to send the header of a
	// request; 0 means [DefaultHeaderTimeout].
	HeaderTimeout time.Duration
	// RequestTimeout is the same for header and body; 0 means
	// [DefaultRequestTimeout].
	RequestTimeout time.Duration
	// WriteTimeout is how long a client may read nothing of its answer, or of a
	// stream, before its connection is closed; 0 means [DefaultWriteTimeout]. Who
	// reads, however slowly, is not cut off, as long as it is 4 KiB a second.
	WriteTimeout time.Duration
	// IdleTimeout is how long an unused connection is kept; 0 means
	// [DefaultIdleTimeout].
	IdleTimeout time.Duration
	// MaxHeader is the largest header in bytes; 0 means [DefaultMaxHeader].
	MaxHeader int
	// Hosts are the names under which requests are answered, beside those of
	// loopback; "*" stands for all, and "*.example.com" for those below example.com.
	// Others get 421. None means every name, on a listener that other machines reach.
	Hosts []string
	// Drain is how long running calls may take to finish after the end of the
	// context; 0 means [DefaultDrain]. Serve returns within it.
	Drain time.Duration
	// Logger gets the server's own failures; nil means slog.Default().
	Logger *slog.Logger
}

// Serve serves requests on ln until ctx ends, then drains: readiness goes 503
// and running calls finish; what cannot finish is answered with 503. It returns
// nil after a clean drain, and closes ln in any case.
func (s Server) Serve(ctx context.Context, ln net.Listener) error {
	s = s.withDefaults()
	srv := &http.Server{
		Handler:           lingering(hosts.Guard(s.Hosts, hosts.IsLoopback(ln.Addr().String()), s.Service)),
		ReadHeaderTimeout: s.HeaderTimeout,
		ReadTimeout:       s.RequestTimeout,
		IdleTimeout:       s.IdleTimeout,
		MaxHeaderBytes:    s.MaxHeader,
		ErrorLog:          slog.NewLogLogger(s.Logger.Handler(), slog.LevelWarn),
	}
	conns := net.Listener(pacedListener{Listener: ln, stall: s.WriteTimeout})
	if s.Certificates != (Certificates{}) {
		read, err := s.Certificates.load(s.Logger)
		if err != nil {
			return errors.Join(fmt.Errorf("serve TLS: %w", err), ln.Close())
		}
		conns = tls.NewListener(conns, read.forTLS())
	}
	if s.Certificates.ClientCA != "" {
		srv.Handler = identified(srv.Handler)
	}
	handleProblems(srv)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(problemListener{conns}) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	err := s.drain(context.WithoutCancel(ctx), srv)
	if served := <-failed; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = fmt.Errorf("serve %s: %w", ln.Addr(), served)
	}
	return err
}

// drain ends srv within s.Drain. The listener stays open while calls finish,
// so that readiness can be asked for.
func (s Server) drain(ctx context.Context, srv *http.Server) error {
	s.Logger.Info("draining", "within", s.Drain)
	reserve := min(s.Drain/closePart, closeMost)
	calls, cancelCalls := context.WithTimeout(ctx, s.Drain-reserve)
	defer cancelCalls()
	err := s.Service.Drain(calls)
	if err != nil {
		err = fmt.Errorf("drain: calls still ran after %s and were answered with 503: %w", s.Drain-reserve, err)
	}
	closing, cancelClosing := context.WithTimeout(ctx, reserve/2) //nolint:mnd // the rest is for what cannot be closed in order
	defer cancelClosing()
	if srv.Shutdown(closing) != nil {
		if cerr := srv.Close(); cerr != nil && err == nil {
			err = fmt.Errorf("close the server: %w", cerr)
		}
	}
	return err
}

func (s Server) withDefaults() Server {
	s.HeaderTimeout = cmp.Or(s.HeaderTimeout, DefaultHeaderTimeout)
	s.RequestTimeout = cmp.Or(s.RequestTimeout, DefaultRequestTimeout)
	s.WriteTimeout = cmp.Or(s.WriteTimeout, DefaultWriteTimeout)
	s.IdleTimeout = cmp.Or(s.IdleTimeout, DefaultIdleTimeout)
	s.MaxHeader = cmp.Or(s.MaxHeader, DefaultMaxHeader)
	s.Drain = cmp.Or(s.Drain, DefaultDrain)
	s.Logger = cmp.Or(s.Logger, slog.Default())
	return s
}
