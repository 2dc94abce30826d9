// Package wait is what the tests of whole deployments wait with. They wait for
// events, and what they hold to a span of time they do so on a machine that has
// the time for it.
package wait

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// Patience is until a test gives up on what must happen, however loaded the
// machine is.
const Patience = 5 * time.Minute

// Eventually polls what can only be seen from outside.
func Eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	over := time.After(Patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("did not come about: %s", what)
		}
	}
}

// Receive takes a value that must come.
func Receive[T any](t *testing.T, what string, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(Patience):
		t.Fatalf("did not come: %s", what)
	}
	return value
}

// Overloaded reports whether more than two processes want to run for each
// processor of the machine, now or on average over the last minute; never where there
// is no Linux.
func Overloaded() bool {
	const factor = 2
	var load, five, fifteen float64
	var running int
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return false
	}
	_, err = fmt.Sscanf(string(data), "%f %f %f %d/", &load, &five, &fifteen, &running)
	return err == nil && max(load, float64(running)) > float64(factor*runtime.NumCPU())
}

// Late begins to note by how much this process gets a processor too late, and returns
// what ends that and returns the most that it was: the time for which the machine
// stood still.
func Late() (most func() time.Duration) {
	const every = 10 * time.Millisecond
	end, ended := make(chan struct{}), make(chan struct{})
	var late time.Duration
	go func() {
		defer close(ended)
		for {
			began := time.Now()
			select {
			case <-time.After(every):
				late = max(late, time.Since(began)-every)
			case <-end:
				late = max(late, time.Since(began)-every)
				return
			}
		}
	}()
	return sync.OnceValue(func() time.Duration {
		close(end)
		<-ended
		return late
	})
}

// Bound is how long something may take that should take most at the most: that,
// and [Patience] on a machine that is overloaded.
func Bound(most time.Duration) time.Duration {
	if Overloaded() {
		return max(most, Patience)
	}
	return most
}
