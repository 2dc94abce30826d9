package main

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

func TestOptionsAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ args, want string }{
		"unknown":            {"-slow", "-slow"},
		"argument":           {"now", `there is no argument "now"`},
		"no round":           {"-rounds 0", "at least one"},
		"parts of a second":  {"-duration 1500ms", "whole seconds"},
		"no time":            {"-duration 0s", "whole seconds"},
		"negative":           {"-duration -4s", "whole seconds"},
		"lambda and write":   {"-lambda -write", "is a part"},
		"redis and lambda":   {"-redis -lambda", "is a part"},
		"lambda and profile": {"-lambda -profile x", "for the servers"},
		"overload and redis": {"-overload -redis", "is a part"},
		"quick and write":    {"-quick -write", "too short"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := parseOptions(strings.Fields(tt.args), io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := parseOptions([]string{"-help"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-help: %v", err)
	}
}

// total is how long the loads of a run take.
func total(loads []throughput.Load) time.Duration {
	var sum time.Duration
	for _, l := range loads {
		const servers = 3
		sum += time.Duration(l.Rounds*servers) * (l.WarmUp + l.Duration)
	}
	return sum
}

func TestLoadsKeepToTheirTime(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		most           time.Duration
		rounds, others int
	}{
		"":                       {5 * time.Minute, 5, 3}, // and a minute for the memory
		"-quick":                 {40 * time.Second, 1, 1},
		"-rounds 2 -duration 1s": {time.Minute, 2, 1},
	}
	for args, tt := range tests {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			o, err := parseOptions(strings.Fields(args), io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			loads := o.loads()
			if took := total(loads); took > tt.most {
				t.Errorf("they take %s", took)
			}
			if len(loads) != 6 {
				t.Errorf("there are %d", len(loads))
			}
			for _, l := range loads {
				want := tt.others
				if l.Connections == 64 {
					want = tt.rounds
				}
				if l.Rounds != want || l.Duration < time.Second || l.Duration%time.Second != 0 || l.WarmUp < time.Second {
					t.Errorf("%+v, want %d rounds", l, want)
				}
			}
		})
	}
}

func TestHopsGetTheTimeOfTheGoals(t *testing.T) {
	t.Parallel()
	o, err := parseOptions([]string{"-rounds", "2", "-duration", "3s"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got := o.hops()
	if !slices.Equal(got.Servers, peer.HopNames()) || got.Work != peer.Identity || got.Connections != 64 {
		t.Errorf("got %+v", got)
	}
	if got.Rounds != 2 || got.Duration != 3*time.Second || got.WarmUp != time.Second {
		t.Errorf("got %+v", got)
	}
}

func TestTheCommandIsAsItWasTyped(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{"": "go run .", "-rounds 2 -write": "go run . -rounds 2 -write"} {
		o, err := parseOptions(strings.Fields(args), io.Discard)
		if err != nil || o.command != want {
			t.Errorf("got %q, %v, want %q", o.command, err, want)
		}
	}
}
