package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
)

// serve is the process of a server: args are its name, its work, and what
// [peer.NewPlace] reads.
func serve(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	const needed = 2
	if len(args) < needed {
		return fmt.Errorf("a server needs a name and a work, not %q", args)
	}
	work, err := peer.NewWork(args[1])
	if err != nil {
		return err
	}
	name := peer.Name(args[0])
	place, err := peer.NewPlace(name, work, args[needed:])
	if err != nil {
		return err
	}
	var network net.ListenConfig
	ln, err := network.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open a port for the server: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- peer.Serve(ctx, name, work, place, ln) }()
	attended := make(chan error, 1)
	go func() { attended <- process.Attend(stdin, stdout, ln.Addr().String(), hooks(work)) }()
	select {
	case err := <-ended:
		return err
	case err := <-attended:
		cancel()
		return errors.Join(err, <-ended)
	}
}

func hooks(work peer.Work) process.Hooks {
	if work.Gate == nil {
		return process.Hooks{}
	}
	return process.Hooks{Waiting: work.Gate.Waiting, Release: work.Gate.Open}
}

// starter starts servers as processes of this very program. If the steps of a
// server are hops, they are started before it.
func starter(environment ...string) (func(context.Context, peer.Name, string) (*process.Process, error), error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return func(ctx context.Context, name peer.Name, work string) (*process.Process, error) {
		start := func(name peer.Name, args ...string) (*process.Process, error) {
			return process.Start(ctx, environment, program, append([]string{serverCommand, string(name), work}, args...)...)
		}
		if step, ok := peer.StepOf(name); ok {
			return startHops(start, name, step, work)
		}
		return start(name)
	}, nil
}

// startHops starts every step of a work in a process of its own, and the server
// that calls them.
func startHops(start func(name peer.Name, args ...string) (*process.Process, error), front, step peer.Name, work string,
) (_ *process.Process, err error) {
	w, err := peer.NewWork(work)
	if err != nil {
		return nil, err
	}
	var steps []*process.Process
	defer func() {
		if err != nil {
			for _, p := range steps {
				err = errors.Join(err, p.Stop())
			}
		}
	}()
	urls := make([]string, 0, len(w.Steps))
	for i := range w.Steps {
		p, err := start(step, strconv.Itoa(i+1))
		if err != nil {
			return nil, err
		}
		steps = append(steps, p)
		urls = append(urls, p.URL("/"))
	}
	server, err := start(front, urls...)
	if err != nil {
		return nil, err
	}
	server.Behind(steps...)
	return server, nil
}
