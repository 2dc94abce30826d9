package dynalite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/homing-dev/homing/internal/processgroup"
)

// stopTime is for how long Stop waits before it kills.
const stopTime = 5 * time.Second

// Options of a server. The zero value keeps all tables in memory.
type Options struct {
	// Dir is the folder where tables are kept, made if need be; "" means in
	// memory. Only one server at a time may use it.
	Dir string
	// Port of 127.0.0.1 where it listens; 0 means any free one.
	Port int
	// Log takes what the server writes, one Write at a time; nil means nowhere.
	Log io.Writer
	// Cache is the folder below which dynalite is installed; "" means "homing"
	// in the user's cache folder ([os.UserCacheDir]).
	Cache string
}

func (o Options) withDefaults() (Options, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Cache == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return o, err
		}
		o.Cache = filepath.Join(cache, "homing")
	}
	if o.Dir != "" {
		dir, err := filepath.Abs(o.Dir) // dynalite runs in another folder
		if err != nil {
			return o, err
		}
		o.Dir = dir
	}
	return o, nil
}

// Server is a dynalite process. It is safe for concurrent use. Make one with
// [Start].
type Server struct {
	url   string
	port  int
	cmd   *exec.Cmd
	out   *output
	input io.Closer // the server ends when it is closed
	done  chan struct{}
	err   error // why the process ended; set before done is closed
	stop  sync.Once
}

// Start installs dynalite if need be, runs it on a free port of 127.0.0.1 and
// returns when it serves. ctx bounds that and nothing after it: the server
// runs until Stop, or until this process ends, in whatever way.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s, err := start(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("start dynalite: %w", err)
	}
	return s, nil
}

// Command returns the command of a server, which installs dynalite if need be, for
// who runs the process itself: it ends when its input does. Log has no effect.
func Command(ctx context.Context, opts Options) (*exec.Cmd, error) {
	cmd, _, err := command(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("prepare dynalite: %w", err)
	}
	return cmd, nil
}

// command returns the options with their defaults, too.
func command(ctx context.Context, opts Options) (*exec.Cmd, Options, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, opts, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, opts, fmt.Errorf("%w (%w)", errMissing, err)
	}
	dir, err := install(ctx, opts.Cache)
	if err != nil {
		return nil, opts, err
	}
	if opts.Dir != "" {
		const private = 0o700 // replies are in it
		if err := os.MkdirAll(opts.Dir, private); err != nil {
			return nil, opts, err
		}
	}
	args := []string{filepath.Join(dir, "serve.js"), opts.Dir, strconv.Itoa(opts.Port)}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), node, args...) //nolint:gosec // what was installed
	cmd.Dir = dir
	cmd.SysProcAttr = processgroup.Leader() // so that an interrupt from the terminal reaches it by Stop alone
	return cmd, opts, nil
}

func start(ctx context.Context, opts Options) (*Server, error) {
	cmd, opts, err := command(ctx, opts)
	if err != nil {
		return nil, err
	}
	out := &output{log: opts.Log}
	cmd.Stderr, cmd.WaitDelay = out, time.Second
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{cmd: cmd, out: out, input: input, done: make(chan struct{})}
	port := make(chan int, 1)
	go s.run(stdout, port)
	select {
	case s.port = <-port:
		s.url = "http://127.0.0.1:" + strconv.Itoa(s.port)
		return s, nil
	case <-s.done:
		return nil, s.Err()
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), s.Stop())
	}
}

var errEnded = errors.New("dynalite has ended")

// run reads the output of the process, whose first line is the port, and waits
// for its end.
func (s *Server) run(stdout io.Reader, port chan<- int) {
	defer close(s.done)
	lines := bufio.NewReader(stdout)
	line, _ := lines.ReadString('\n') // else it has ended
	if number, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
		port <- number
	}
	_, _ = io.Copy(s.out, lines)
	s.err = s.cmd.Wait()
}

// output takes what the process writes, passes it on, and keeps the end of it
// for an error.
type output struct {
	mu   sync.Mutex
	log  io.Writer
	last []byte // read it when the process has ended
}

// Write implements [io.Writer]. It never fails: a log that cannot be written
// must not end the server.
func (o *output) Write(p []byte) (int, error) {
	const most = 2 << 10
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = append(o.last, p...)
	o.last = o.last[max(0, len(o.last)-most):]
	_, _ = o.log.Write(p)
	return len(p), nil
}

// URL is where the server is, such as http://127.0.0.1:40123.
func (s *Server) URL() string { return s.url }

// Port is its port of 127.0.0.1.
func (s *Server) Port() int { return s.port }

// Done is closed when the process has ended, be it by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns how the process has ended, such as by "signal: killed", with the
// last that it wrote; nil while it runs.
func (s *Server) Err() error {
	select {
	case <-s.done:
	default:
		return nil
	}
	err := errEnded
	if s.err != nil {
		err = fmt.Errorf("%w: %w", errEnded, s.err)
	}
	if last := strings.TrimSpace(string(s.out.last)); last != "" {
		err = fmt.Errorf("%w; it wrote: %s", err, last)
	}
	return err
}

// Stop ends the server and waits for it. Calls that run are cut off. What was
// written is kept, if it was started with a folder. It may be called again. An
// error means that the process had failed.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		_ = s.input.Close() // it is open, or the process is gone
	})
	select {
	case <-s.done:
	case <-time.After(stopTime):
		_ = s.cmd.Process.Kill() // it may have ended just now
		<-s.done
	}
	if s.err != nil {
		return fmt.Errorf("stop dynalite: %w", s.err)
	}
	return nil
}
