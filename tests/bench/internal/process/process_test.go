package process_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/process"
)

// TestMain makes this test program the server that the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "attending":
			if err := process.Attend(os.Stdin, os.Stdout, "host:1", process.Hooks{}); err != nil {
				os.Exit(1)
			}
			os.Exit(0)
		case "failing":
			fmt.Fprintln(os.Stderr, "no port is free", os.Getenv("FLAVOUR"))
			os.Exit(3)
		}
	}
	os.Exit(m.Run())
}

func TestProcessAnswersAndStops(t *testing.T) {
	t.Parallel()
	p, err := process.Start(t.Context(), nil, os.Args[0], "attending")
	if err != nil {
		t.Fatal(err)
	}
	if p.Address() != "host:1" || p.URL("/work") != "http://host:1/work" {
		t.Errorf("it is at %s and %s", p.Address(), p.URL("/work"))
	}
	m, err := p.Ask(process.CmdMeasure, "")
	if err != nil || m.RSS == 0 {
		t.Errorf("got %+v, %v", m, err)
	}
	if _, err := p.Ask("dance", "now"); err == nil || !strings.Contains(err.Error(), `"dance"`) {
		t.Errorf("got %v", err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := p.Ask(process.CmdMeasure, ""); err == nil {
		t.Error("a process that has ended answers")
	}
}

func TestStartTellsWhyAServerDidNotStart(t *testing.T) {
	t.Parallel()
	_, err := process.Start(t.Context(), []string{"FLAVOUR=salty"}, os.Args[0], "failing")
	if err == nil || !strings.Contains(err.Error(), "no port is free salty") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
	if _, err := process.Start(t.Context(), nil, "/missing/program"); err == nil {
		t.Error("a program that is not there starts")
	}
}

func TestWhatIsBehindAServerObeysAndStopsWithIt(t *testing.T) {
	t.Parallel()
	all := make([]*process.Process, 0, 3)
	for range cap(all) {
		p, err := process.Start(t.Context(), nil, os.Args[0], "attending")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	front := all[0]
	one, err := front.Ask(process.CmdMeasure, "")
	if err != nil {
		t.Fatal(err)
	}
	front.Behind(all[1:]...)
	sum, err := front.Ask(process.CmdMeasure, "")
	// The same program that does the same: three of them use more than two.
	if err != nil || sum.Mallocs <= 2*one.Mallocs || sum.RSS <= 2*one.RSS || sum.Heap <= 2*one.Heap {
		t.Errorf("got %+v, %v, alone %+v", sum, err, one)
	}
	file := filepath.Join(t.TempDir(), "allocs")
	if _, err := front.Ask(process.CmdAllocs, file); err != nil {
		t.Error(err)
	}
	for _, end := range []string{"", ".1", ".2"} {
		if info, err := os.Stat(file + end); err != nil || info.Size() == 0 {
			t.Errorf("%q: %v", end, err)
		}
	}
	if err := front.Stop(); err != nil {
		t.Error(err)
	}
	for i, p := range all {
		if _, err := p.Ask(process.CmdMeasure, ""); err == nil {
			t.Errorf("process %d still answers", i)
		}
	}
}

func TestAFailureBehindAServerIsToldOf(t *testing.T) {
	t.Parallel()
	start := func() *process.Process {
		p, err := process.Start(t.Context(), nil, os.Args[0], "attending")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	front, gone := start(), start()
	front.Behind(gone)
	if err := gone.Stop(); err != nil {
		t.Fatal(err)
	}
	if m, err := front.Ask(process.CmdMeasure, ""); err == nil {
		t.Errorf("got %+v", m)
	}
	if err := front.Stop(); err == nil {
		t.Error("a process that had ended already stops again without a word")
	}
}

func TestProcessEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p, err := process.Start(ctx, nil, os.Args[0], "attending")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := p.Stop(); err != nil && !strings.Contains(err.Error(), "killed") && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
