package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/report"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

// options of a run.
type options struct {
	rounds   int
	duration time.Duration
	quick    bool
	write    bool
	lambda   bool
	redis    bool
	traces   bool
	overload bool
	profile  string
	command  string // what was typed, for the report
}

// Defaults, and what the loads that no goal is about get of them.
const (
	defaultRounds   = 5
	defaultDuration = 4 * time.Second
	warmUp          = time.Second
	lessRounds      = 2
	lessDuration    = time.Second
)

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "rounds", defaultRounds,
		"rounds of the loads that the goals are about; the others have two less, but one at least")
	flags.DurationVar(&o.duration, "duration", defaultDuration,
		"whole seconds that a server is measured in a round; the other loads have one less, but one at least")
	flags.BoolVar(&o.quick, "quick", false, "one round of one second and less memory, to see that it works")
	flags.BoolVar(&o.write, "write", false, "write the report into "+page)
	flags.BoolVar(&o.lambda, "lambda", false, "only measure what runs on AWS Lambda")
	flags.BoolVar(&o.redis, "redis", false, "only measure replies that come home through Redis")
	flags.BoolVar(&o.traces, "traces", false, "only measure what traces cost a plain call")
	flags.BoolVar(&o.overload, "overload", false, "only measure what admission and priorities do under overload, in a minute")
	flags.StringVar(&o.profile, "profile", "", "instead, write CPU and allocation profiles of every server into this `folder`")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o.command = strings.TrimSpace("go run . " + strings.Join(args, " "))
	switch {
	case flags.NArg() > 0:
		return options{}, fmt.Errorf("there is no argument %q", flags.Arg(0))
	case o.rounds < 1:
		return options{}, fmt.Errorf("-rounds is %d, but at least one is needed", o.rounds)
	case o.duration < time.Second || o.duration%time.Second != 0:
		return options{}, fmt.Errorf("-duration is %s, but wrk takes whole seconds", o.duration)
	case o.quick && o.write:
		return options{}, errors.New("-quick is too short to be written down; leave -write or -quick out")
	case o.lambda && o.write:
		return options{}, errors.New("-lambda is a part, and the page has all; leave -write or -lambda out")
	case o.redis && (o.write || o.lambda || o.profile != ""):
		return options{}, errors.New("-redis is a part; leave it or -write, -lambda and -profile out")
	case o.traces && (o.write || o.lambda || o.redis || o.profile != ""):
		return options{}, errors.New("-traces is a part; leave it or -write, -lambda, -redis and -profile out")
	case o.overload && (o.write || o.lambda || o.redis || o.profile != ""):
		return options{}, errors.New("-overload is a part; leave it or -write, -lambda, -redis and -profile out")
	case o.lambda && o.profile != "":
		return options{}, errors.New("-profile is for the servers; leave it or -lambda out")
	}
	if o.quick {
		o.rounds, o.duration = 1, time.Second
	}
	return o, nil
}

// hops is the series of the servers whose steps are hops.
func (o options) hops() throughput.Load {
	return throughput.Load{
		Servers: peer.HopNames(), Work: peer.Identity, Connections: report.Connections,
		Rounds: o.rounds, WarmUp: warmUp, Duration: o.duration,
	}
}

// loads are the series of the servers that run all steps themselves: those that the goals are about come first and
// get more time.
func (o options) loads() []throughput.Load {
	const few, many = 1, 512
	counts := []int{report.Connections, few, many}
	works := []string{peer.Identity, peer.Quote}
	out := make([]throughput.Load, 0, len(counts)*len(works))
	for _, connections := range counts {
		for _, work := range works {
			load := throughput.Load{
				Work: work, Connections: connections,
				Rounds: o.rounds, WarmUp: warmUp, Duration: o.duration,
			}
			if connections != report.Connections {
				load.Rounds = max(1, o.rounds-lessRounds)
				load.Duration = max(time.Second, o.duration-lessDuration)
			}
			out = append(out, load)
		}
	}
	return out
}
