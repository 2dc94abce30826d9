package redisserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/homing-dev/homing/internal/processgroup"
	"github.com/homing-dev/homing/tests/freeport"
)

// Options say how a server runs.
type Options struct {
	// Path is that of the program.
	Path string
	// Dir is its folder, which is left when it stops.
	Dir string
	// Config are the lines of its configuration beside port, bind and dir. "$DIR"
	// in them is the folder.
	Config []string
	// Sentinel has it run as a Sentinel.
	Sentinel bool
	// TLS has the port speak TLS; Config must name the certificates.
	TLS bool
}

// Server is a running server.
type Server struct {
	opts Options
	port int

	process *os.Process
	ended   <-chan struct{} // closed when the process has ended
	output  *output
}

// output is what a server has printed.
type output struct {
	mu      sync.Mutex
	printed bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.printed.Write(p)
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.printed.String()
}

// errPort means that somebody else took a port in the meantime.
var errPort = errors.New("the port is taken")

// Start starts a server and waits until it serves.
func Start(ctx context.Context, opts Options) (*Server, error) {
	const tries = 5
	for range tries {
		port, err := FreePort(ctx)
		if err != nil {
			return nil, err
		}
		s := &Server{opts: opts, port: port}
		if err := s.Restart(ctx); !errors.Is(err, errPort) {
			return s, err
		}
	}
	return nil, errPort
}

// FreePort returns a port that was free a moment ago, and that nobody has who asks the
// kernel for any.
func FreePort(ctx context.Context) (int, error) {
	port, release, err := freeport.Find(ctx)
	if err != nil {
		return 0, err
	}
	release()
	return port, nil
}

// Addr is the server's host and port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", s.Port()) }

// Port is the server's port.
func (s *Server) Port() string { return strconv.Itoa(s.port) }

// URL is where the server is.
func (s *Server) URL() string { return "redis://" + s.Addr() }

// Output is what the server has printed.
func (s *Server) Output() string { return s.output.text() }

// Restart starts a server that was killed again, on its port and its folder.
func (s *Server) Restart(ctx context.Context) error {
	config := filepath.Join(s.opts.Dir, "server-"+s.Port()+".conf")
	if _, err := os.Stat(config); err != nil { // else a Sentinel has written what it knows into it
		port, tls := s.Port(), "0"
		if s.opts.TLS {
			port, tls = tls, port
		}
		lines := []string{"bind 127.0.0.1", "port " + port, "dir " + s.opts.Dir, "daemonize no", "save \"\""}
		if s.opts.TLS {
			lines = append(lines, "tls-port "+tls)
		}
		if s.opts.Sentinel {
			lines = slices.Delete(lines, len(lines)-1, len(lines))
		}
		text := strings.ReplaceAll(strings.Join(append(lines, s.opts.Config...), "\n")+"\n", "$DIR", s.opts.Dir)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			return err
		}
	}
	args := []string{config}
	if s.opts.Sentinel {
		args = append(args, "--sentinel")
	}
	s.output = &output{}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), s.opts.Path, args...) //nolint:gosec // it is ended by Kill
	cmd.Stdout, cmd.Stderr = s.output, s.output
	group, err := processgroup.Start(cmd)
	if err != nil {
		return err
	}
	s.process, s.ended = cmd.Process, group.Ended()
	return s.wait(ctx)
}

// wait waits until the server says that it serves.
func (s *Server) wait(ctx context.Context) error {
	const pause = 5 * time.Millisecond
	ready := "Ready to accept connections"
	if s.opts.Sentinel {
		ready = "Sentinel ID is"
	}
	for {
		switch text := s.Output(); {
		case strings.Contains(text, ready):
			return nil
		case strings.Contains(text, "Address already in use"):
			s.Kill()
			return errPort
		}
		select {
		case <-s.ended:
			return fmt.Errorf("%s has ended: %s", s.opts.Path, s.Output())
		case <-ctx.Done():
			s.Kill()
			return fmt.Errorf("%s does not start: %w: %s", s.opts.Path, ctx.Err(), s.Output())
		case <-time.After(pause):
		}
	}
}

// Kill ends the server at once and waits for its end.
func (s *Server) Kill() {
	_ = s.process.Kill()
	<-s.ended
}

// Pause stops the process as it is, until Resume.
func (s *Server) Pause() error { return s.process.Signal(syscall.SIGSTOP) }

// Resume lets a process go on that was paused.
func (s *Server) Resume() error { return s.process.Signal(syscall.SIGCONT) }
