package dev

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Program runs a remote step in development.
type Program struct {
	// Step is its name with that of its chain, as CHAIN.STEP.
	Step string
	// Command is what a shell starts. It finds the port to listen on in PORT.
	Command string
	// Dir is the folder in which it starts.
	Dir string
	// Environ is its environment, but for PORT.
	Environ []string
}

// builtByGo reports whether a program is written in what the app is.
func (p Program) builtByGo() bool { return strings.HasPrefix(p.Command, "go ") }

// programs are those that run.
type programs struct {
	out     *Printer
	mu      sync.Mutex
	running map[string]*runner
}

// update starts what is new, stops what is there no more, and returns where all are
// as CHAIN.STEP=URL.
func (ps *programs) update(ctx context.Context, wanted []Program) ([]string, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	keep := map[string]bool{}
	var urls []string
	var errs []error
	for _, w := range wanted {
		keep[w.Step] = true
		r := ps.running[w.Step]
		if r == nil || !r.same(w) {
			if r != nil {
				r.stop()
			}
			var err error
			if r, err = run(w, ps.out); err != nil {
				delete(ps.running, w.Step)
				errs = append(errs, err)
				continue
			}
			ps.running[w.Step] = r
		}
		urls = append(urls, w.Step+"="+r.url())
	}
	for step, r := range ps.running {
		if !keep[step] {
			r.stop()
			delete(ps.running, step)
		}
	}
	for _, r := range ps.running {
		if err := r.awaitListening(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	return urls, errors.Join(errs...)
}

// restart starts some of the programs anew, on the ports that they have.
func (ps *programs) restart(which func(Program) bool) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, r := range ps.running {
		if which(r.Program) {
			r.again()
		}
	}
}

// stop ends all.
func (ps *programs) stop() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, r := range ps.running {
		r.stop()
	}
	clear(ps.running)
}

// runner keeps a program running.
type runner struct {
	Program

	port    int
	out     *Printer
	restart chan struct{}
	cancel  context.CancelFunc
	done    chan struct{}
}

// run starts a program, and starts it again when it ends.
func run(p Program, out *Printer) (*runner, error) {
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("step %s: %w", p.Step, err)
	}
	ctx, cancel := context.WithCancel(context.Background()) // until stop
	r := &runner{Program: p, port: port, out: out, restart: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{})}
	go r.loop(ctx)
	return r, nil
}

// same reports whether a program is the one that runs.
func (r *runner) same(p Program) bool {
	return r.Command == p.Command && r.Dir == p.Dir && slices.Equal(r.Environ, p.Environ)
}

func (r *runner) url() string { return "http://127.0.0.1:" + strconv.Itoa(r.port) }

// loop runs the program until ctx ends.
func (r *runner) loop(ctx context.Context) {
	defer close(r.done)
	pause := restartPause
	for {
		began := time.Now()
		environ := append(slices.Clip(r.Environ), "PORT="+strconv.Itoa(r.port))
		p, err := spawn(shell(r.Command), r.Dir, environ, func(line string) { r.out.Program(r.Step, line) })
		if err != nil {
			r.out.Failure(fmt.Sprintf("step %s: %s", r.Step, err))
		} else {
			r.out.Note(fmt.Sprintf("step %s: %s on port %d", r.Step, r.Command, r.port))
			select {
			case <-p.ended:
				r.out.Failure(fmt.Sprintf("step %s has ended: %s; it is started again in %s, or at the next change", r.Step, p.how(), pause))
			case <-r.restart:
				r.end(ctx, p)
				continue
			case <-ctx.Done():
				r.end(ctx, p)
				return
			}
		}
		if time.Since(began) > restartMost {
			pause = restartPause
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, restartMost) //nolint:mnd // doubled
		case <-r.restart:
			pause = restartPause
		case <-ctx.Done():
			return
		}
	}
}

// programTime is how long a program of a step may take to end.
const programTime = 5 * time.Second

// end ends the program in order.
func (r *runner) end(ctx context.Context, p *process) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), programTime)
	defer cancel()
	p.stop(ending)
}

func (r *runner) again() {
	select {
	case r.restart <- struct{}{}:
	default: // it is about to
	}
}

func (r *runner) stop() {
	r.cancel()
	<-r.done
}

// awaitListening waits until the port is taken; a program that is slow is called all
// the same, and then its calls fail.
func (r *runner) awaitListening(ctx context.Context) error {
	const tries, pause = 100, 100 * time.Millisecond
	var dialer net.Dialer
	for range tries {
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port)))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	r.out.Failure(fmt.Sprintf("step %s does not listen on 127.0.0.1:%d: it finds its port in the variable PORT", r.Step, r.port))
	return nil
}

// freePort returns a port of 127.0.0.1 on which nobody listens.
func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return 0, err
	}
	defer ln.Close() //nolint:errcheck // nothing was accepted
	addr, _ := ln.Addr().(*net.TCPAddr)
	return addr.Port, nil
}

// shell is the command that runs a line.
func shell(line string) []string {
	if runtime.GOOS == "windows" {
		return []string{os.Getenv("COMSPEC"), "/C", line}
	}
	return []string{"/bin/sh", "-c", line}
}
