package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// config is one run.
type config struct {
	seed     uint64
	calls    int           // so many calls are made
	duration time.Duration // unless this ends before; 0 is no bound
	callers  int           // calls at once, at most
	rate     float64       // calls that begin in a second, at most
	stop     time.Duration // the longest SIGSTOP
	store    string        // what the adapters share
	fsync    string        // of Redis
	shape    string        // where the steps run
	kinds    []string      // of faults
	targets  []string      // beginnings of the names of what faults hit; none means all
	modes    []string      // of calls; none means all
	spared   []string      // what is not killed
	calm     bool          // the broker delivers every event once and at once
	race     bool          // the processes watch for data races
	command  string        // the built command; "" builds it
	progress time.Duration // between lines of progress; 0 means none
	logs     string        // where the logs of the processes are kept; "" means nowhere
}

// Shapes of the run.
const (
	shapeBroker = "broker" // vertices behind the broker: chains of the shapes vertex and split
	shapeInline = "inline" // all chains inline: the adapters run the steps
)

// Kinds of faults.
const (
	faultKill = "kill"
	faultStop = "stop"
	faultCut  = "cut"
	faultSlow = "slow"
	faultRoll = "roll" // a process is ended as a platform does it, and started again
)

func faultKinds() []string { return []string{faultKill, faultStop, faultCut, faultSlow, faultRoll} }

// defaults are those of the long form.
func defaults() config {
	return config{
		calls: 1_000_000, callers: 2000, rate: 100, stop: 40 * time.Second, store: storeRedis, fsync: fsyncAlways, shape: shapeBroker,
		kinds: faultKinds(), progress: 5 * time.Second,
	}
}

// parse reads the command line. What is wrong with it has been printed when it
// returns an error.
func parse(args []string, errs io.Writer) (config, error) {
	c := defaults()
	var kinds, targets, modes, spared string
	fs := flag.NewFlagSet("ledger", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Uint64Var(&c.seed, "seed", 0, "of all chances; 0 takes one by the clock")
	fs.IntVar(&c.calls, "calls", c.calls, "how many calls are made")
	fs.DurationVar(&c.duration, "duration", 0, "make no more calls after this time; 0 is no bound")
	fs.IntVar(&c.callers, "callers", c.callers, "how many calls run at once, at most")
	fs.Float64Var(&c.rate, "rate", c.rate, "how many calls begin in a second, at most")
	fs.DurationVar(&c.stop, "stop", c.stop, "the longest SIGSTOP; from a second on")
	fs.StringVar(&c.store, "store", c.store, "what the adapters share: "+strings.Join(storeKinds(), ", "))
	fs.StringVar(&c.fsync, "fsync", c.fsync, "appendfsync of Redis: "+fsyncAlways+", or "+fsyncEverySecond+", which forgets when it is killed")
	fs.StringVar(&c.shape, "shape", c.shape, "where the steps run: "+shapeBroker+", so in vertices, or "+shapeInline)
	fs.StringVar(&kinds, "faults", strings.Join(c.kinds, ","), "kinds of faults: "+strings.Join(faultKinds(), ",")+"; none if empty")
	fs.StringVar(&targets, "targets", "", "beginnings of the names of what faults hit, such as adapter,store,link; all if empty")
	fs.StringVar(&spared, "spare", "", "names of what is not killed, such as store")
	fs.StringVar(&modes, "modes", "", "kinds of calls; all if empty: "+strings.Join(modeNames(), ","))
	fs.BoolVar(&c.calm, "calm", false, "the broker delivers every event once and at once")
	fs.BoolVar(&c.race, "race", false, "build the command with the race detector")
	fs.StringVar(&c.command, "homing", "", "the built command; it is built if empty")
	fs.StringVar(&c.logs, "logs", "", "a folder that keeps the logs of the processes")
	if err := fs.Parse(args); err != nil {
		return c, fmt.Errorf("flags: %w", err)
	}
	c.kinds, c.targets, c.modes, c.spared = list(kinds), list(targets), list(modes), list(spared)
	if c.seed == 0 {
		c.seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	err := c.check()
	if err != nil {
		_, _ = fmt.Fprintln(errs, "ledger:", err)
	}
	return c, err
}

// storeName is the store with what matters of it.
func (c config) storeName() string {
	if c.store == storeRedis {
		return c.store + " with appendfsync " + c.fsync
	}
	return c.store
}

func (c config) check() error {
	for _, kind := range c.kinds {
		if !slices.Contains(faultKinds(), kind) {
			return fmt.Errorf("-faults: %q is not one of %s", kind, strings.Join(faultKinds(), ", "))
		}
	}
	for _, m := range c.modes {
		if !slices.Contains(modeNames(), m) {
			return fmt.Errorf("-modes: %q is not one of %s", m, strings.Join(modeNames(), ", "))
		}
	}
	if !slices.Contains(storeKinds(), c.store) {
		return fmt.Errorf("-store: %q is not one of %s", c.store, strings.Join(storeKinds(), ", "))
	}
	if c.fsync != fsyncAlways && c.fsync != fsyncEverySecond {
		return fmt.Errorf("-fsync: %q is not %s or %s", c.fsync, fsyncAlways, fsyncEverySecond)
	}
	if c.shape != shapeBroker && c.shape != shapeInline {
		return fmt.Errorf("-shape: %q is not %s or %s", c.shape, shapeBroker, shapeInline)
	}
	if c.calls < 1 || c.callers < 1 || c.rate <= 0 || c.stop < time.Second {
		return errors.New("-calls and -callers are at least 1, -rate is above 0, and -stop is at least 1s")
	}
	return nil
}

func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}
