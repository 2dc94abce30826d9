package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/internal/settings"
)

// How often the server of the tables is started again when it ends by itself,
// and the pauses before that. One that has run for steadyRun begins anew.
const (
	mostRestarts  = 3
	firstPause    = 200 * time.Millisecond
	longestPause  = 5 * time.Second
	steadyRun     = time.Minute
	restartTime   = 30 * time.Second
	tablesForgot  = "the tables are back and empty: the replies and keys in them are gone, and calls that wait for one end at their deadline"
	tablesKept    = "the tables are back, as their folder has them"
	tablesGivenUp = "the tables' server has ended %d times in a row"
)

// localTables is the server of a stack's tables.
type localTables struct {
	server *dynalite.Server
	dir    string // "" means in memory
	log    *slog.Logger
}

func startTables(ctx context.Context, dir string, log *slog.Logger) (*localTables, error) {
	log.DebugContext(ctx, "starting dynalite", "data", dir)
	server, err := dynalite.Start(ctx, dynalite.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	return &localTables{server: server, dir: dir, log: log}, nil
}

// keep starts the server again, where it was, whenever it has ended by itself,
// and has create make the tables that are lost. It returns nil when ctx ends,
// and an error when it gives up.
func (t *localTables) keep(ctx context.Context, create func(context.Context) error) error {
	for ended := 0; ; {
		began := time.Now()
		select {
		case <-ctx.Done():
			return nil
		case <-t.server.Done():
		}
		if time.Since(began) >= steadyRun {
			ended = 0
		}
		for err := t.server.Err(); err != nil && ctx.Err() == nil; err = t.restart(ctx, create) {
			ended++
			if ended > mostRestarts {
				return exit.Failedf(tablesGivenUp+": %w", ended, err).
					Then("without it no call that needs the reply store can be answered; start homing local again")
			}
			pause := backoff.Exponential(ended-1, firstPause, longestPause)
			t.log.ErrorContext(ctx, "the tables' server has ended; it is started again", "error", err, "pause", pause)
			_ = backoff.Sleep(ctx, pause) // if ctx ends meanwhile, that is seen next
		}
	}
}

// restart starts the server at the port that the functions know.
func (t *localTables) restart(ctx context.Context, create func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, restartTime)
	defer cancel()
	server, err := dynalite.Start(ctx, dynalite.Options{Dir: t.dir, Port: t.server.Port()})
	if err != nil {
		return err
	}
	t.server = server
	if err := create(ctx); err != nil {
		if ended := server.Stop(); ended != nil { // which is why
			return ended
		}
		return err
	}
	if t.dir == "" {
		t.log.WarnContext(ctx, tablesForgot)
	} else {
		t.log.WarnContext(ctx, tablesKept, "data", t.dir)
	}
	return nil
}

// lookup is a variable of the environment of this command.
func (a *app) lookup(name string) (value string, ok bool) {
	value = settings.Getenv(a.environ)(name)
	return value, value != ""
}
