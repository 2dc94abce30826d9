package homingtest_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// recorder is a test that may fail.
type recorder struct {
	testing.TB

	mu       sync.Mutex
	said     strings.Builder
	failed   bool
	cleanups []func()
}

func (*recorder) Helper() {}

func (r *recorder) Cleanup(f func()) { r.cleanups = append([]func(){f}, r.cleanups...) }

func (r *recorder) Output() io.Writer { return r }

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.Write(p)
}

func (r *recorder) Log(args ...any) { fmt.Fprintln(r, args...) }

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	fmt.Fprintf(r, format+"\n", args...)
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}
