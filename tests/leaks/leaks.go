// Package leaks checks that the tests of a package have left no goroutine.
package leaks

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is for how long goroutines may take to end behind the tests, which have
// a fraction of a second otherwise: longer than any machine stands still.
const patience = time.Minute

// Main runs the tests, checks, and ends the process.
func Main(m *testing.M, options ...goleak.Option) { os.Exit(Code(m.Run(), options...)) }

// Code returns the exit code of tests that have ended with one, once all
// goroutines have ended: another one if some have not.
func Code(code int, options ...goleak.Option) int {
	if code != 0 {
		return code
	}
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if err = goleak.Find(options...); err == nil {
			return code
		}
	}
	fmt.Fprintf(os.Stderr, "goroutines are left: %v\n", err)
	return 1
}
