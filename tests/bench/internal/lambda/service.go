package lambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// Limits of a function: more than any call here needs.
const (
	memoryMB    = 1024
	callTimeout = 30 * time.Second
)

// function is one that is measured: a program, its environment, and a call that
// it gets.
type function struct {
	name    string
	program string
	env     map[string]string
	payload []byte
}

// service is a function under the emulator, with one process at most.
type service struct {
	*invoke.Service

	log *log
}

func (p Programs) service(ctx context.Context, f function) (service, error) {
	out := &log{}
	s, err := invoke.New(ctx, invoke.Options{
		Functions: []invoke.Function{{
			Name: functionName, Bootstrap: p.path(f.program), Env: f.env,
			Timeout: callTimeout, MemoryMB: memoryMB, Reserved: 1,
		}},
		NoFreeze: true,
		Log:      func(string) io.Writer { return out },
	})
	if err != nil {
		return service{}, fmt.Errorf("prepare %s: %w", f.name, err)
	}
	return service{Service: s, log: out}, nil
}

const functionName = "measured"

// call makes one call, and says how long it took.
func (s service) call(ctx context.Context, payload []byte) ([]byte, time.Duration, error) {
	start := time.Now()
	result, err := s.Invoke(ctx, functionName, payload)
	took := time.Since(start)
	switch {
	case err != nil:
		return nil, took, err //nolint:wrapcheck // names the function
	case result.FunctionError != "":
		return nil, took, fmt.Errorf("the function failed: %s; it wrote: %s", result.Payload, s.log)
	default:
		return result.Payload, took, nil
	}
}

// end ends the process, whether or not err is set or ctx has ended.
func (s service) end(ctx context.Context, err error) error {
	return errors.Join(err, s.Close(context.WithoutCancel(ctx)))
}

// log keeps what a function writes.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p) //nolint:wrapcheck // it has no error
}

// String implements fmt.Stringer.
func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(bytes.TrimSpace(l.text.Bytes()))
}
