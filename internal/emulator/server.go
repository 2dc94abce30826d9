package emulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/hosts"
)

// headerTime is how long a client may take to send a header.
const headerTime = 10 * time.Second

// anyPort is an address that only this machine reaches.
const anyPort = "127.0.0.1:0"

// server is an address of the stack.
type server struct {
	// of is what it stands for: the address on AWS, or the name of a service.
	of string
	// handler returns what is served, when all services are there.
	handler  func() http.Handler
	listener net.Listener
	http     http.Server
	serving  sync.WaitGroup
	log      *slog.Logger
	failed   chan<- error
}

func (s *server) serve() {
	s.http.Handler = hosts.Guard(nil, hosts.IsLoopback(s.listener.Addr().String()), s.handler())
	s.serving.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("an address is no longer served", "of", s.of, "error", err)
			select {
			case s.failed <- fmt.Errorf("the address of %s is no longer served: %w", s.of, err):
			default: // one is enough
			}
		}
	})
}

// stop closes the address at once. It may be called more than once.
func (s *server) stop() error {
	err := s.http.Close()
	if closed := s.listener.Close(); !errors.Is(closed, net.ErrClosed) { // it was never served
		err = errors.Join(err, closed)
	}
	s.serving.Wait()
	return err
}

// url is the address of the server, without a slash at its end.
func (s *server) url() string { return "http://" + s.listener.Addr().String() }

// listen opens the addresses of all that can be called.
func (e *Emulator) listen(ctx context.Context) error {
	services := []*server{
		{of: lambdaService, handler: func() http.Handler { return e.lambda.Handler() }},
		{of: queueService, handler: func() http.Handler { return e.queues.Handler() }},
	}
	if len(e.stack.Buckets) > 0 {
		services = append(services, &server{of: bucketService, handler: func() http.Handler { return e.buckets }})
	}
	if len(e.Sendable()) > 0 {
		services = append(services, &server{of: eventService, handler: func() http.Handler { return http.HandlerFunc(e.receiveEvent) }})
	}
	all := services
	for _, api := range e.stack.APIs {
		all = append(all, &server{of: api.URL, handler: func() http.Handler { return gateway.NewAPI(api, e.gateway()) }})
	}
	for _, f := range e.stack.Functions {
		if f.URL != nil {
			all = append(all, &server{of: f.URL.URL, handler: func() http.Handler { return gateway.NewURL(f.Name, *f.URL, e.gateway()) }})
		}
	}
	var config net.ListenConfig
	for i, s := range all {
		address := anyPort
		if i == len(services) {
			address = cmp.Or(e.options.Listen, anyPort)
		}
		ln, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", address, err)
		}
		s.listener, s.log, s.failed = ln, e.options.Logger, e.failed
		s.http.ReadHeaderTimeout, s.http.ErrorLog = headerTime, slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)
		e.servers = append(e.servers, s)
		e.local[s.of] = s.url()
	}
	e.replacer = e.newReplacer()
	return nil
}

func (e *Emulator) gateway() gateway.Options {
	return gateway.Options{
		Lambda: lambda{e.lambda}, Account: e.stack.Account, Region: e.stack.Region,
		Timeout: e.options.Timeout, Log: e.options.Access,
	}
}

// newReplacer puts addresses of this machine in the places of those on AWS.
func (e *Emulator) newReplacer() *strings.Replacer {
	var pairs []string
	for _, q := range e.stack.Queues {
		pairs = append(pairs, q.URL, e.queueURL(q.Name))
	}
	for _, s := range e.servers {
		if strings.HasPrefix(s.of, "https://") {
			pairs = append(pairs, strings.TrimSuffix(s.of, "/"), s.url())
		}
	}
	return strings.NewReplacer(pairs...)
}

func (e *Emulator) queueURL(name string) string {
	return e.local[queueService] + "/" + e.stack.Account + "/" + name
}
