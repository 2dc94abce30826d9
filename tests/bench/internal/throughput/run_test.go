package throughput_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// TestMain makes this test program the process that is measured; it serves
// nothing, for the load generator of these tests sends nothing.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "attending" {
		if err := process.Attend(os.Stdin, os.Stdout, "127.0.0.1:1", process.Hooks{}); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const output = `cat <<'END'
    Latency     1.62ms    1.85ms  17.73ms   86.60%
     50%    1.06ms
     99%    8.51ms
  1000 requests in 2.00s, 9.25MB read
END
`

// prepare puts a shell script in the place of wrk and gives a starter that
// notes what it starts.
func prepare(t *testing.T, script string) (wrk.Wrk, throughput.Starter, *[]string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "wrk"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	w, err := wrk.New(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var started []string
	return w, func(ctx context.Context, name peer.Name, work string) (*process.Process, error) {
		started = append(started, string(name)+" "+work)
		return process.Start(ctx, []string{"GORACE=atexit_sleep_ms=0"}, os.Args[0], "attending")
	}, &started
}

func TestRoundsAreInterleaved(t *testing.T) {
	w, start, started := prepare(t, output)
	load := throughput.Load{Work: peer.Quote, Connections: 8, Rounds: 2, WarmUp: time.Second, Duration: time.Second}
	var heard []string
	s, err := throughput.Run(t.Context(), start, w, load, func(name peer.Name, s throughput.Sample) {
		heard = append(heard, string(name)+" quote")
		if s.Rate != 500 {
			t.Errorf("%s: %+v", name, s)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]string, 0, 2*len(peer.Names()))
	for range 2 {
		for _, name := range peer.Names() {
			want = append(want, string(name)+" quote")
		}
	}
	if !slices.Equal(*started, want) || !slices.Equal(heard, want) {
		t.Errorf("started %q, heard %q, want %q", *started, heard, want)
	}
	if s.Work != peer.Quote || s.Connections != 8 || len(s.Rounds) != 2 || s.Rounds[1][peer.Homing].P50 != 0.00106 {
		t.Errorf("got %+v", s)
	}
}

func TestOnlyTheServersOfALoadAreRun(t *testing.T) {
	w, start, started := prepare(t, output)
	load := throughput.Load{
		Servers: []peer.Name{peer.Homing}, Work: peer.Quote, Connections: 8, Rounds: 2, WarmUp: time.Second, Duration: time.Second,
	}
	s, err := throughput.Run(t.Context(), start, w, load, func(peer.Name, throughput.Sample) {})
	if want := []string{"Homing inline quote", "Homing inline quote"}; err != nil || !slices.Equal(*started, want) {
		t.Errorf("started %q, want %q, %v", *started, want, err)
	}
	if len(s.Rounds) != 2 || len(s.Rounds[0]) != 1 {
		t.Errorf("got %+v", s)
	}
}

func TestAFailedRequestFailsTheRun(t *testing.T) {
	w, start, _ := prepare(t, output+"echo '  Non-2xx or 3xx responses: 3'")
	load := throughput.Load{Work: peer.Identity, Connections: 64, Rounds: 1, WarmUp: time.Second, Duration: time.Second}
	_, err := throughput.Run(t.Context(), start, w, load, func(name peer.Name, _ throughput.Sample) {
		t.Errorf("%s has a sample", name)
	})
	if err == nil || !strings.Contains(err.Error(), "3 of 1000 answers were not 2xx") || !strings.Contains(err.Error(), "64 connections") {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatDoesNotStartFailsTheRun(t *testing.T) {
	w, _, _ := prepare(t, output)
	broken := errors.New("no port")
	start := func(context.Context, peer.Name, string) (*process.Process, error) { return nil, broken }
	load := throughput.Load{Work: peer.Identity, Connections: 1, Rounds: 1, WarmUp: time.Second, Duration: time.Second}
	if _, err := throughput.Run(t.Context(), start, w, load, nil); !errors.Is(err, broken) {
		t.Errorf("Run: %v", err)
	}
	if _, err := throughput.ProfileCPU(t.Context(), start, w, load, peer.Echo, "x"); !errors.Is(err, broken) {
		t.Errorf("ProfileCPU: %v", err)
	}
}

func TestProfilesAreOfTheLoad(t *testing.T) {
	w, start, _ := prepare(t, output)
	load := throughput.Load{Work: peer.Identity, Connections: 1, Duration: time.Second}
	file := filepath.Join(t.TempDir(), "profile")
	for what, profile := range map[string]func(
		context.Context, throughput.Starter, wrk.Wrk, throughput.Load, peer.Name, string,
	) (int, error){"cpu": throughput.ProfileCPU, "allocs": throughput.ProfileAllocs} {
		n, err := profile(t.Context(), start, w, load, peer.Echo, file+what)
		if err != nil || n != 1000 {
			t.Errorf("%s: %d requests, %v", what, n, err)
		}
		if info, err := os.Stat(file + what); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
}
