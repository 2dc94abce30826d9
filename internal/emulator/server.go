package emulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// headerTime is how long a client may take to send a header.
const headerTime = 10 * time.Second

// anyPort is an address that only this machine reaches.
const anyPort = "127.0.0.1:0"

// server is an address of the stack.
type server struct {
	// of is what it stands for: the address on AWS, or the name of a service.
	of       string
	listener net.Listener
	log      *slog.Logger
	http     *http.Server
	done     chan struct{}
}

func (s *server) start(h http.Handler) {
	s.http = &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("an address is no longer served", "of", s.of, "error", err)
		}
	}()
}

// stop closes the address at once. It may be called more than once.
func (s *server) stop() error {
	if s.http == nil {
		err := s.listener.Close()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		return err
	}
	err := s.http.Close()
	<-s.done
	return err
}

// url is the address of the server, without a slash at its end.
func (s *server) url() string { return "http://" + s.listener.Addr().String() }

// listen opens the addresses of all that can be called.
func (e *Emulator) listen(ctx context.Context) error {
	names := []string{lambdaService, queueService}
	for _, api := range e.stack.APIs {
		names = append(names, api.URL)
	}
	for _, f := range e.stack.Functions {
		if f.URL != nil {
			names = append(names, f.URL.URL)
		}
	}
	var config net.ListenConfig
	for i, name := range names {
		address := anyPort
		if i == len([]string{lambdaService, queueService}) && e.options.Listen != "" {
			address = e.options.Listen
		}
		ln, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", address, err)
		}
		s := &server{of: name, listener: ln, log: e.options.Logger}
		e.servers = append(e.servers, s)
		e.local[name] = s.url()
	}
	e.replacer = e.newReplacer()
	return nil
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
