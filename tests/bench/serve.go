package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
)

// serve is the process of a server: args are its name and its work.
func serve(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	const needed = 2
	if len(args) != needed {
		return fmt.Errorf("a server needs a name and a work, not %q", args)
	}
	work, err := peer.NewWork(args[1])
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
	go func() { ended <- peer.Serve(ctx, peer.Name(args[0]), work, ln) }()
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

// starter starts servers as processes of this very program.
func starter(environment ...string) (func(context.Context, peer.Name, string) (*process.Process, error), error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return func(ctx context.Context, name peer.Name, work string) (*process.Process, error) {
		return process.Start(ctx, environment, program, serverCommand, string(name), work)
	}, nil
}
