package invoke_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/invoke"
	"github.com/homing-dev/homing/tests/leaks"
)

// program is the bootstrap of the tests, built once.
var program string

// programEnv is where a process that the tests start finds the program.
const programEnv = "INVOKE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if program = os.Getenv(programEnv); program != "" { // the process of a test or of a fuzzer
		leaks.Main(m)
	}
	dir, err := os.MkdirTemp("", "homing-invoke-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "bootstrap")
	out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", program, "./testdata/bootstrap").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build the bootstrap: %v\n%s", err, out)
		os.Exit(1)
	}
	if err := os.Setenv(programEnv, program); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := leaks.Code(m.Run())
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

const name = "letters"

const (
	// long is for what is not to run out, however loaded the machine is.
	long = 5 * time.Minute
	// short is a timeout that a task runs into which hangs, and which leaves the
	// others enough time on a loaded machine.
	short = 5 * time.Second
)

// service runs one function, as f says, until the test ends.
func service(t *testing.T, f invoke.Function, opts invoke.Options) *invoke.Service {
	t.Helper()
	f.Name = cmp.Or(f.Name, name)
	f.Timeout = cmp.Or(f.Timeout, long)
	f.Dir, f.Bootstrap = t.TempDir(), program
	opts.Functions = append(opts.Functions, f)
	return services(t, opts)
}

func services(t *testing.T, opts invoke.Options) *invoke.Service {
	t.Helper()
	opts.InitTimeout = cmp.Or(opts.InitTimeout, long)
	s, err := invoke.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return s
}

// limit is a timeout that is reached only by a task that wants to.
func limit(k task) time.Duration {
	if k.MS >= 60_000 || k.Do == "stream-hang" {
		return short
	}
	return long
}

// task is an event for the bootstrap.
type task struct {
	Do   string `json:"do"`
	N    int    `json:"n,omitempty"`
	MS   int    `json:"ms,omitempty"`
	Path string `json:"path,omitempty"`
}

func (k task) payload() []byte {
	b, err := json.Marshal(k)
	if err != nil {
		panic(err)
	}
	return b
}

// seen is what the bootstrap saw.
type seen struct {
	PID      int
	Runs     int64
	Ticks    int64
	ID       string
	ARN      string
	Left     float64
	Trace    string
	Client   string
	Env      []string
	Dir      string
	Child    int
	Payload  string
	Parallel int64
}

// do runs a task that must succeed.
func do(t *testing.T, s *invoke.Service, k task) seen {
	t.Helper()
	r, err := s.Invoke(t.Context(), name, k.payload())
	if err != nil || r.FunctionError != "" {
		t.Fatalf("got %s %s, %v", r.FunctionError, r.Payload, err)
	}
	var got seen
	if err := json.Unmarshal(r.Payload, &got); err != nil {
		t.Fatalf("%s: %v", r.Payload, err)
	}
	return got
}

// failed is the error object of a function.
type failed struct {
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

// fails runs a task that must fail.
func fails(t *testing.T, s *invoke.Service, k task) (failed, invoke.Result) {
	t.Helper()
	r, err := s.Invoke(t.Context(), name, k.payload())
	if err != nil || r.FunctionError != invoke.Unhandled {
		t.Fatalf("got %q %s, %v", r.FunctionError, r.Payload, err)
	}
	var f failed
	if err := json.Unmarshal(r.Payload, &f); err != nil || f.ErrorType != r.ErrorType {
		t.Fatalf("%s of type %s: %v", r.Payload, r.ErrorType, err)
	}
	return f, r
}

// rejected checks that err is an error of the service of a type.
func rejected(t *testing.T, err error, kind string) *invoke.Error {
	t.Helper()
	var e *invoke.Error
	if !errors.As(err, &e) || e.Type != kind || e.Message == "" {
		t.Fatalf("got %v, want %s", err, kind)
	}
	return e
}

// drain waits for the asynchronous events.
func drain(t *testing.T, s *invoke.Service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := s.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

// notebook is a log that may be read while it is written.
type notebook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *notebook) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *notebook) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

func logTo(w io.Writer) func(string) io.Writer { return func(string) io.Writer { return w } }

// eventually waits for a condition that nothing announces.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(long)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not in %s: %s", long, what)
		}
	}
}

// file returns a path that does not exist yet.
func file(t *testing.T) string { return filepath.Join(t.TempDir(), "file") }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// working waits until n functions have begun to wait for a file.
func working(t *testing.T, gate string, n int) {
	t.Helper()
	eventually(t, strconv.Itoa(n)+" at work", func() bool {
		begun, err := filepath.Glob(gate + "-*")
		return err == nil && len(begun) >= n
	})
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}
