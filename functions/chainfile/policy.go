package chainfile

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/homing-dev/homing/functions"
)

const (
	mostAttempts = 100
	// mostCalls bounds the limits that are kept in memory per step.
	mostCalls = 1_000_000
	// noJitter stands for a jitter of 0, since [functions.Retry] takes 0 for
	// its default: it varies a pause of an hour by less than 4 µs.
	noJitter = 1e-9
)

// Defaults of [functions.Retry], which the written half of delay and maxDelay
// has to fit.
const (
	defaultDelay    = 50 * time.Millisecond
	defaultMaxDelay = 2 * time.Second
)

// retry reads a retry policy. Attempts are required: without them the other
// fields would do nothing.
func (r *reader) retry(into *functions.Retry) func(value) {
	return func(v value) {
		before := len(r.errs)
		at := r.mapping(v, []field{
			{name: "attempts", required: true, read: r.count(&into.Attempts, mostAttempts)},
			{name: "delay", read: r.duration(&into.Delay)},
			{name: "maxDelay", read: r.duration(&into.MaxDelay)},
			{name: "jitter", read: r.part(&into.Jitter)},
		})
		if len(r.errs) > before {
			return
		}
		if _, written := at["jitter"]; written && into.Jitter == 0 {
			into.Jitter = noJitter
		}
		delay, delayWritten := at["delay"]
		maxDelay, maxWritten := at["maxDelay"]
		switch {
		case delayWritten && maxWritten && into.Delay > into.MaxDelay:
			r.wrong(delay, "%s is longer than maxDelay, %s", into.Delay, into.MaxDelay)
		case delayWritten && !maxWritten && into.Delay > defaultMaxDelay:
			r.wrong(delay, "%s is longer than the default maxDelay, %s; write a maxDelay", into.Delay, defaultMaxDelay)
		case maxWritten && !delayWritten && into.MaxDelay < defaultDelay:
			r.wrong(maxDelay, "%s is shorter than the default delay, %s; write a delay", into.MaxDelay, defaultDelay)
		}
	}
}

// concurrency reads a limit: a number, or a mapping when there is more to say.
func (r *reader) concurrency(into *functions.Concurrency) func(value) {
	return func(v value) {
		if v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == intTag {
			r.count(&into.Max, mostCalls)(v)
			return
		}
		if v.node.Kind == yaml.ScalarNode {
			r.is(v, yaml.MappingNode, "a whole number or a mapping with max, adaptive, wait")
			return
		}
		r.mapping(v, []field{
			{name: "max", required: true, read: r.count(&into.Max, mostCalls)},
			{name: "adaptive", read: r.flag(&into.Adaptive)},
			{name: "wait", read: r.duration(&into.Wait)},
		})
	}
}

// breaker reads a circuit breaker.
func (r *reader) breaker(into *functions.Breaker) func(value) {
	return func(v value) {
		at := r.mapping(v, []field{
			{name: "failures", required: true, read: r.count(&into.Failures, mostCalls)},
			{name: "of", read: r.count(&into.Of, mostCalls)},
			{name: "delay", read: r.duration(&into.Delay)},
		})
		if into.Of > 0 && into.Failures > into.Of {
			r.wrong(at["failures"], "%d failures cannot be among the last %d calls", into.Failures, into.Of)
		}
	}
}
