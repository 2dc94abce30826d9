package memory_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/tests/bench/internal/memory"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// TestMain makes this test program the server that the tests start: "serve"
// is a server of package peer, and "fail" one that refuses every request.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && (os.Args[1] == "serve" || os.Args[1] == "fail") {
		if err := serve(os.Args[1], peer.Name(os.Args[2]), os.Args[3]); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func serve(kind string, name peer.Name, workName string) error {
	work, err := peer.NewWork(workName)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	hooks := process.Hooks{}
	if work.Gate != nil {
		hooks = process.Hooks{Waiting: work.Gate.Waiting, Release: work.Gate.Open}
	}
	if kind == "fail" { // it counts its requests as waiting, and fails them
		refuse := func(w http.ResponseWriter, r *http.Request) {
			_, _ = work.Steps[0](r.Context(), event.New())
			http.Error(w, "no", http.StatusTeapot)
		}
		srv := &http.Server{Handler: http.HandlerFunc(refuse)}
		context.AfterFunc(ctx, func() { srv.Close() })
		go func() { srv.Serve(ln); ended <- nil }()
	} else {
		go func() { ended <- peer.Serve(ctx, name, work, peer.Place{}, ln) }()
	}
	err = process.Attend(os.Stdin, os.Stdout, ln.Addr().String(), hooks)
	cancel()
	return errors.Join(err, <-ended)
}

func starter(kind string) memory.Starter {
	return func(ctx context.Context, name peer.Name, work string) (*process.Process, error) {
		return process.Start(ctx, []string{"GORACE=atexit_sleep_ms=0"}, os.Args[0], kind, string(name), work)
	}
}

func TestWaitingRequestsAreMeasuredAndAnswered(t *testing.T) {
	t.Parallel()
	for _, name := range []peer.Name{peer.Plain, peer.Homing} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			got, err := memory.MeasureWaiting(t.Context(), starter("serve"), name, 200)
			if err != nil {
				t.Fatal(err)
			}
			// Each holds the buffers of its connection, 8 KB, and two stacks.
			const least, most = 8 << 10, 100 << 10
			if got.Live() < least || got.Live() > most || got.Heap <= 0 || got.Stack <= 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAWaitingRequestThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	_, err := memory.MeasureWaiting(t.Context(), starter("fail"), peer.Plain, 2)
	if err == nil || !strings.Contains(err.Error(), `answer 1 of 2 starts with "HTTP/1.1 418 "`) {
		t.Errorf("got %v", err)
	}
}

func TestTheExtraIsADifference(t *testing.T) {
	t.Parallel()
	w := memory.Waiting{
		Plain:  memory.Footprint{Heap: 100, Stack: 50, RSS: 200},
		Homing: memory.Footprint{Heap: 130, Stack: 45, RSS: 190},
	}
	if got, want := w.Extra(), (memory.Footprint{Heap: 30, Stack: -5, RSS: -10}); got != want || got.Live() != 25 {
		t.Errorf("got %+v and %g, want %+v and 25", got, got.Live(), want)
	}
}

func TestGrowthIsMoreThanChance(t *testing.T) {
	t.Parallel()
	const kilo, mega = 1 << 10, 1 << 20
	tests := map[string]struct {
		first, last memory.Held
		none        bool
	}{
		"same":      {memory.Held{Heap: mega, RSS: 20 * mega}, memory.Held{Heap: mega, RSS: 20 * mega}, true},
		"less":      {memory.Held{Heap: mega, RSS: 20 * mega}, memory.Held{Heap: 1, RSS: 1}, true},
		"by chance": {memory.Held{Heap: mega, RSS: 20 * mega}, memory.Held{Heap: mega + 100*kilo, RSS: 22 * mega}, true},
		"heap":      {memory.Held{Heap: mega, RSS: 20 * mega}, memory.Held{Heap: mega + 200*kilo, RSS: 20 * mega}, false},
		"RSS":       {memory.Held{Heap: mega, RSS: 20 * mega}, memory.Held{Heap: mega, RSS: 23 * mega}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := (memory.Growth{First: tt.first, Last: tt.last}).None(); got != tt.none {
				t.Errorf("got %v, want %v", got, tt.none)
			}
		})
	}
}

func TestGrowthIsMeasuredWhenTheRequestsHaveBeenAnswered(t *testing.T) {
	dir := t.TempDir()
	script := []byte(`#!/bin/sh
echo "$@" >> ` + dir + `/args
cat <<'END'
    Latency     1.62ms    1.85ms  17.73ms   86.60%
     50%    1.06ms
     99%    8.51ms
  400 requests in 1.00s, 9.25MB read
END
`)
	if err := os.WriteFile(filepath.Join(dir, "wrk"), script, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	w, err := wrk.New(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := memory.MeasureGrowth(t.Context(), starter("serve"), w, 500, 2000)
	if err != nil {
		t.Fatal(err)
	}
	if got.First.Requests != 800 || got.Last.Requests != 2000 || got.First.Heap == 0 || got.Last.RSS == 0 || !got.None() {
		t.Errorf("got %+v", got)
	}
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	if runs := bytes.Count(args, []byte("--connections 64 ")); err != nil || runs != 5 {
		t.Errorf("wrk ran %d times: %s", runs, args)
	}
}
