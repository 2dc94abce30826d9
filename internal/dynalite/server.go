package dynalite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// stopTime is for how long Stop waits before it kills.
const stopTime = 5 * time.Second

// Server is a dynalite process. It is safe for concurrent use. Make one with
// [Start].
type Server struct {
	url   string
	cmd   *exec.Cmd
	input io.Closer // the server ends when it is closed
	done  chan struct{}
	err   error // why the process ended; set before done is closed
	stop  sync.Once
}

// Start installs dynalite if need be, runs it on a free port of 127.0.0.1 and
// returns when it answers. ctx bounds that and nothing after it: the server
// runs until Stop, or until this process ends, in whatever way.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s, err := start(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("start dynalite: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errMissing, err)
	}
	dir, err := install(ctx, opts.Cache)
	if err != nil {
		return nil, err
	}
	if opts.Dir != "" {
		const private = 0o700 // replies are in it
		if err := os.MkdirAll(opts.Dir, private); err != nil {
			return nil, err
		}
	}
	out := newOutput(opts.Log)
	script := filepath.Join(dir, "serve.js")
	cmd := exec.CommandContext(context.WithoutCancel(ctx), node, script, opts.Dir) //nolint:gosec // what was installed
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = dir, out.first(), out, attributes()
	cmd.WaitDelay = time.Second
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{cmd: cmd, input: input, done: make(chan struct{})}
	go s.wait()
	return s.await(ctx, out)
}

// wait notes the end of the process.
func (s *Server) wait() {
	s.err = s.cmd.Wait()
	close(s.done)
}

// await waits until the server has told its port.
func (s *Server) await(ctx context.Context, out *output) (*Server, error) {
	select {
	case port := <-out.port:
		s.url = "http://127.0.0.1:" + port
		return s, nil
	case <-s.done:
		return nil, fmt.Errorf("it ended at once (%w): %s", errors.Join(errEnded, s.err), strings.TrimSpace(out.tail()))
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), s.Stop())
	}
}

var errEnded = errors.New("the process has ended")

// URL is where the server is, such as http://127.0.0.1:40123.
func (s *Server) URL() string { return s.url }

// Done is closed when the process has ended, be it by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server and waits for it. Calls that run are cut off. What was
// written is kept, if it was started with a folder. It may be called again. An
// error means that the process had failed.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		_ = s.input.Close() // it is open, or the process is gone
	})
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case <-s.done:
	case <-timer.C:
		kill(s.cmd.Process)
		<-s.done
	}
	if s.err != nil {
		return fmt.Errorf("stop dynalite: %w", s.err)
	}
	return nil
}
