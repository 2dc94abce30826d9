package throughput

import (
	"context"
	"errors"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// ProfileCPU writes a CPU profile of a server under load, and says over how
// many requests it is.
func ProfileCPU(ctx context.Context, start Starter, w wrk.Wrk, load Load, name peer.Name, file string) (requests int, err error) {
	return loaded(ctx, start, w, load, name, func(server *process.Process, run func() error) error {
		if _, err := server.Ask(process.CmdProfile, file); err != nil {
			return err
		}
		err := run()
		_, stopped := server.Ask(process.CmdProfiled, "")
		return errors.Join(err, stopped)
	})
}

// ProfileAllocs does the same for the allocations. How exact it is depends on
// the environment that start gives the server.
func ProfileAllocs(ctx context.Context, start Starter, w wrk.Wrk, load Load, name peer.Name, file string) (requests int, err error) {
	return loaded(ctx, start, w, load, name, func(server *process.Process, run func() error) error {
		if err := run(); err != nil {
			return err
		}
		_, err := server.Ask(process.CmdAllocs, file)
		return err
	})
}

// loaded starts a server for do, whose argument run puts the load on it.
func loaded(ctx context.Context, start Starter, w wrk.Wrk, load Load, name peer.Name,
	do func(server *process.Process, run func() error) error,
) (requests int, err error) {
	server, err := start(ctx, name, load.Work)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	err = do(server, func() error {
		result, err := w.Run(ctx, server.URL(peer.Path), load.Connections, load.Duration)
		requests = result.Requests
		return err
	})
	return requests, err
}
