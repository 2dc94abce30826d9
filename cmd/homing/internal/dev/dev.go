package dev

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// App is what is served.
type App interface {
	// Build makes a version of the app as its files are now. The text of an error
	// is shown as it is.
	Build(ctx context.Context) (Version, error)
	// Test runs the tests of the app, and returns what they print if one fails.
	Test(ctx context.Context) error
}

// Version is an app that can be started.
type Version struct {
	// Command starts it; it prints a [describe.Listening] when it serves.
	Command []string
	// Environ is its environment; the address, the format of its log and where its
	// programs listen are added.
	Environ []string
	// Programs run remote steps.
	Programs []Program
	// Ready is called when it serves for the first time.
	Ready func()
}

// Options of [Run].
type Options struct {
	App App
	// Dir is the folder that is watched, with all below it.
	Dir string
	// Listener gets the calls. Run closes it.
	Listener net.Listener
	// Out is where everything is printed.
	Out *Printer
	// NoTests leaves the tests out.
	NoTests bool
}

// Run serves an app until ctx ends. It returns an error if its files cannot be
// watched.
func Run(ctx context.Context, o Options) error {
	changes, err := watch(ctx, o.Dir)
	if err != nil {
		return errors.Join(err, o.Listener.Close())
	}
	front := newFront()
	srv := &http.Server{Handler: front, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(o.Listener) }()
	l := loop{Options: o, front: front, changes: changes, programs: programs{out: o.Out, running: map[string]*runner{}}}
	l.run(ctx, served)
	front.close()
	l.programs.stop()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	l.retire(closing)
	if srv.Shutdown(closing) != nil {
		_ = srv.Close()
	}
	return nil
}

const (
	headerTimeout = 10 * time.Second
	// idleTimeout is as long as people think between two calls.
	idleTimeout = 10 * time.Minute
	// startPrecision is how exactly the time of a start is shown.
	startPrecision = 10 * time.Millisecond
	// stopTime is how long a version may take to end.
	stopTime = 30 * time.Second
	// startTime is how long a version may take until it listens.
	startTime = time.Minute
	// restartPause is what a process that ends by itself waits before it is started
	// again, at first.
	restartPause = time.Second
	restartMost  = 30 * time.Second
)

// loop goes through the rounds.
type loop struct {
	Options

	front    *front
	changes  <-chan changed
	programs programs

	current *process
	greeted bool
	old     sync.WaitGroup // versions that finish their calls
}

// run goes on until ctx ends.
func (l *loop) run(ctx context.Context, served <-chan error) {
	next := changed{app: true}
	pause := restartPause
	for {
		round, cancel := context.WithCancel(ctx)
		finished := make(chan struct{})
		go func() { defer close(finished); l.round(round, next) }()
		more, interrupted := changed{}, false
		select {
		case <-finished:
		case more = <-l.changes:
			interrupted = true
		case <-ctx.Done():
		}
		cancel()
		<-finished
		if ctx.Err() != nil {
			return
		}
		if interrupted {
			next = next.and(more)
			continue
		}
		select {
		case next = <-l.changes:
			pause = restartPause
		case <-l.ended():
			l.Out.Failure(fmt.Sprintf("the app has ended by itself: %s; it is started again in %s, or at the next change", l.current.how(), pause))
			l.front.gone()
			l.front.fail("the app has ended by itself: " + l.current.how())
			l.current = nil
			select {
			case next = <-l.changes:
				pause = restartPause
			case <-time.After(pause):
				next, pause = changed{app: true}, min(2*pause, restartMost) //nolint:mnd // doubled
			case <-ctx.Done():
				return
			}
		case err := <-served:
			l.Out.Failure("the server has ended: " + err.Error())
			return
		case <-ctx.Done():
			return
		}
	}
}

// ended is closed when the version that serves ends; nil while there is none.
func (l *loop) ended() <-chan struct{} {
	if l.current == nil {
		return nil
	}
	return l.current.ended
}

// round builds, starts and tests what has changed.
func (l *loop) round(ctx context.Context, what changed) {
	if what.programs {
		l.programs.restart(func(Program) bool { return true })
	}
	if !what.app {
		return
	}
	began := time.Now()
	l.Out.Note("building")
	v, err := l.App.Build(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		l.failed("the app does not build", err.Error())
		return
	}
	if !what.programs {
		l.programs.restart(Program.builtByGo)
	}
	urls, err := l.programs.update(ctx, v.Programs)
	if err != nil {
		l.failed("a step cannot be started", err.Error())
		return
	}
	environ := v.Environ
	if len(urls) > 0 {
		environ = append(slices.Clip(environ), "HOMING_STEP_URLS="+strings.Join(urls, ","))
	}
	p, err := start(ctx, v.Command, environ, l.Out)
	if ctx.Err() != nil && err != nil {
		return
	}
	if err != nil {
		l.failed("the app does not start", err.Error())
		return
	}
	l.swap(ctx, p)
	l.Out.Success(fmt.Sprintf("serving on http://%s after %s", l.Listener.Addr(), time.Since(began).Round(startPrecision)))
	if !l.greeted && v.Ready != nil {
		v.Ready()
	}
	l.greeted = true
	if l.NoTests {
		return
	}
	switch err := l.App.Test(ctx); {
	case ctx.Err() != nil:
	case err != nil:
		l.Out.Failure("the tests fail\n" + strings.TrimRight(err.Error(), "\n"))
	default:
		l.Out.Note("the tests pass")
	}
}

// failed tells what keeps a version from serving.
func (l *loop) failed(what, why string) {
	text := what + "\n" + strings.TrimRight(why, "\n")
	if l.front.serves() {
		text += "\nthe version before serves on"
	}
	l.Out.Failure(text)
	l.front.fail(what + ": " + why)
}

// swap has a version take the calls over, and the one before finish its own.
func (l *loop) swap(ctx context.Context, p *process) {
	before := l.current
	l.current = p
	l.front.use(p.address)
	if before != nil {
		l.old.Go(func() {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
			defer cancel()
			before.stop(ending)
		})
	}
}

// retire ends all versions.
func (l *loop) retire(ctx context.Context) {
	if l.current != nil {
		l.current.stop(ctx)
	}
	l.old.Wait()
}
