package fmea_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain holds every test to leave no goroutine behind: neither of a server
// that has drained, nor of a call, a watcher or a stream.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
