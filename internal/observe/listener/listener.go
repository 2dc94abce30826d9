// Package listener serves who looks after a process, apart from its callers.
package listener

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/hosts"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/pathmux"
	"github.com/homing-dev/homing/internal/problem"
)

// Listener serves GET /metrics, and GET and PUT /log-level, without the tokens of
// callers.
type Listener struct {
	Metrics *prometheus.Registry
	// Level is what PUT /log-level sets.
	Level *slog.LevelVar
	// Log has the listener's own failures, and who has set the level.
	Log *slog.Logger
}

// Of a connection: a scraper that hangs, or sends nothing, is cut.
const (
	requestTime  = 5 * time.Second
	responseTime = observe.ScrapeTime + 5*time.Second
	idleTime     = 2 * time.Minute // more than a scraper's interval
	maxHeader    = 16 << 10
	maxLevel     = 64 // bytes
)

// Serve listens on address and serves until stop is called.
func (l Listener) Serve(ctx context.Context, address string) (stop func(), err error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics on %s: %w; HOMING_METRICS_LISTEN names another address", address, err)
	}
	srv := l.Server()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			l.Log.ErrorContext(ctx, "metrics are no longer served", "error", err)
		}
	}()
	l.Log.InfoContext(ctx, "serving metrics", "address", ln.Addr().String())
	return func() {
		_ = srv.Close() // a scrape under way is cut
		<-ended
	}, nil
}

// Server returns the server of the listener.
func (l Listener) Server() *http.Server {
	return &http.Server{
		Handler:           l.Handler(),
		ReadHeaderTimeout: requestTime, ReadTimeout: requestTime, WriteTimeout: responseTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       slog.NewLogLogger(l.Log.Handler(), slog.LevelWarn),
	}
}

// Handler is what the listener serves.
func (l Listener) Handler() http.Handler {
	mux := pathmux.New()
	err := errors.Join(
		mux.Handle(http.MethodGet, "/metrics", observe.Handler(l.Metrics).ServeHTTP),
		mux.Handle(http.MethodGet, "/log-level", l.showLevel),
		mux.Handle(http.MethodPut, "/log-level", l.setLevel),
	)
	if err != nil {
		panic(err) // the patterns are those above
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem.Nosniff(w.Header())
		mux.ServeHTTP(w, r)
	})
}

func (l Listener) showLevel(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = fmt.Fprintln(w, strings.ToLower(l.Level.Level().String())) // a client that is gone needs no answer
}

// setLevel changes what is logged, for who is on this machine: whoever may scrape
// must not be able to silence the log, and kubectl port-forward and exec come from
// there. Neither can a page in a browser, which would send its own Host.
func (l Listener) setLevel(w http.ResponseWriter, r *http.Request) {
	if !isLoopback(r.RemoteAddr) || !isLoopback(r.Host) {
		problem.Write(w, functions.Errorf(http.StatusForbidden,
			"the level can be set from this machine alone: from inside the container, or through kubectl port-forward"))
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLevel))
	level, known := observe.ParseLevel(strings.TrimSpace(string(text)))
	if err != nil || !known {
		problem.Write(w, functions.Errorf(http.StatusBadRequest, "the body must be one of %s", strings.Join(observe.Levels(), ", ")))
		return
	}
	before := l.Level.Level()
	l.Level.Set(level)
	l.Log.WarnContext(r.Context(), "the log level was set", "set", strings.ToLower(level.String()), "before", strings.ToLower(before.String()))
	l.showLevel(w, r)
}

// isLoopback reports whether an address, with or without its port, is of this
// machine.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	return hosts.IsLoopbackName(strings.ToLower(host))
}
