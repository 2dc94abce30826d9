package moto

import (
	"bytes"
	"context"
	_ "embed" // of the script
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

//go:embed serve.py
var script string

// Server is a running server of moto. Create one with [Start].
type Server struct {
	url   string
	input io.Closer // the server ends when it is closed
	done  chan struct{}
}

// Start installs moto if need be and runs its DynamoDB until Stop, or until this
// process ends. ctx bounds the start.
func Start(ctx context.Context) (*Server, error) { return start(ctx, "dynamodb") }

// StartS3 does the same with its S3.
func StartS3(ctx context.Context) (*Server, error) { return start(ctx, "s3") }

// StartAll does the same with every service of moto, which it tells apart by the
// signatures of calls.
func StartAll(ctx context.Context) (*Server, error) { return start(ctx, "all") }

func start(ctx context.Context, service string) (*Server, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir, err := install(ctx, filepath.Join(cache, "homing"))
	if err != nil {
		return nil, fmt.Errorf("install moto: %w", err)
	}
	out := &output{url: make(chan string, 1)}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), python(dir), "-c", script, service) //nolint:gosec // what was installed
	cmd.Stdout, cmd.Stderr = out, out
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start moto: %w", err)
	}
	s := &Server{input: input, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // it ends with its input
		close(s.done)
	}()
	select {
	case s.url = <-out.url:
		return s, nil
	case <-s.done:
		return nil, fmt.Errorf("moto ended at once: %s", strings.TrimSpace(string(out.seen)))
	case <-ctx.Done():
		s.Stop()
		return nil, errors.Join(errors.New("moto does not start"), ctx.Err())
	}
}

// URL is where the server is.
func (s *Server) URL() string { return s.url }

// Stop ends the server and waits for it.
func (s *Server) Stop() {
	_ = s.input.Close() // it may have ended by itself
	<-s.done
}

// output waits for the line with the URL, and drops everything after it.
type output struct {
	url  chan string
	mu   sync.Mutex
	seen []byte
	told bool
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.told {
		return len(p), nil
	}
	o.seen = append(o.seen, p...)
	running := regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)
	if at := running.Find(o.seen); at != nil && bytes.HasSuffix(o.seen, []byte("\n")) {
		o.told = true
		o.url <- string(at)
	}
	return len(p), nil
}
