package fmea_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain holds every test to leave no goroutine behind: neither of a server
// that has drained, nor of a call, a watcher or a stream.
func TestMain(m *testing.M) { os.Exit(run(m)) }

// run waits for the last goroutines: net/http holds a connection that it has refused for
// half a second, which is longer than goleak waits by itself.
func run(m *testing.M) int {
	code := m.Run()
	if code != 0 {
		return code
	}
	var left error
	for over := time.Now().Add(time.Minute); time.Now().Before(over); {
		if left = goleak.Find(); left == nil {
			return code
		}
	}
	fmt.Fprintln(os.Stderr, left)
	return 1
}
