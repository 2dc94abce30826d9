package invoke_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// The official emulator buffers what is streamed.
func TestAStreamArrivesWhileItIsWritten(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	got, err := s.Stream(t.Context(), name, task{Do: "stream-hang", N: 3}.payload()) // that never ends by itself
	if err != nil {
		t.Fatal(err)
	}
	if got.ContentType != "text/x-chunks" || got.RequestID == "" {
		t.Errorf("got %+v", got)
	}
	r := bufio.NewReader(got.Body)
	for _, want := range []string{"chunk 0\n", "chunk 1\n", "chunk 2\n"} {
		if line, err := r.ReadString('\n'); err != nil || line != want {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	s.Kill(name)
	var failed *invoke.FunctionError
	if _, err := r.ReadByte(); !errors.As(err, &failed) || failed.Type != "Runtime.ExitError" {
		t.Errorf("got %v", err)
	}
	_ = got.Body.Close()
}

func TestAStreamEndsAsItsFunctionDoes(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		task task
		body string
		kind string // of the error at its end
	}{
		"well":      {task{Do: "stream", N: 2}, "chunk 0\nchunk 1\n", ""},
		"empty":     {task{Do: "stream"}, "", ""},
		"an error":  {task{Do: "stream-error", N: 1}, "chunk 0\n", "errorString"},
		"its exit":  {task{Do: "stream-exit", N: 1, MS: 50}, "chunk 0\n", "Runtime.ExitError"},
		"a timeout": {task{Do: "stream-hang", N: 1}, "chunk 0\n", "Sandbox.Timedout"},
		"7 MB":      {task{Do: "large", N: 7 << 20}, strings.Repeat("x", 7<<20), ""},
		"buffered":  {task{Do: "large", N: 5}, "xxxxx", ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := service(t, invoke.Function{Timeout: limit(tt.task)}, invoke.Options{})
			got, err := s.Stream(t.Context(), name, tt.task.payload())
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(got.Body)
			if string(body) != tt.body {
				t.Errorf("got %d bytes, want %d", len(body), len(tt.body))
			}
			var failed *invoke.FunctionError
			if tt.kind == "" && err != nil || tt.kind != "" && (!errors.As(err, &failed) || failed.Type != tt.kind || len(failed.Payload) == 0) {
				t.Errorf("got the error %v, want %s", err, tt.kind)
			}
			if err := got.Body.Close(); err != nil {
				t.Error(err)
			}
			do(t, s, task{Do: "echo"})
		})
	}
}

func TestAFunctionThatFailsBeforeItsStreamIsAnError(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{Timeout: short}, invoke.Options{})
	for what, kind := range map[string]string{"error": "errorString", "exit": "Runtime.ExitError", "sleep": "Sandbox.Timedout"} {
		_, err := s.Stream(t.Context(), name, task{Do: what, MS: 60_000}.payload())
		var failed *invoke.FunctionError
		if !errors.As(err, &failed) || failed.Type != kind || !strings.Contains(failed.Error(), kind) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	_, err := s.Stream(t.Context(), "nobody", nil)
	rejected(t, err, "ResourceNotFoundException")
}

func TestAStreamsReaderMayLeave(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	got, err := s.Stream(t.Context(), name, task{Do: "stream", N: 1000}.payload())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := got.Body.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
	eventually(t, "free again", func() bool { return do(t, s, task{Do: "echo"}).Runs > 1 })
	gate, left := file(t), errors.New("I have left")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		working(t, gate, 1)
		cancel(left)
	}()
	if _, err := s.Stream(ctx, name, task{Do: "wait", Path: gate}.payload()); !errors.Is(err, left) {
		t.Errorf("got %v", err)
	}
	touch(t, gate)
}

// A response that is streamed to a caller who wants it whole.
func TestAStreamedResponseArrivesWhole(t *testing.T) {
	t.Parallel()
	s := service(t, invoke.Function{}, invoke.Options{})
	r, err := s.Invoke(t.Context(), name, task{Do: "stream", N: 3, MS: 5}.payload())
	if err != nil || string(r.Payload) != "chunk 0\nchunk 1\nchunk 2\n" {
		t.Errorf("got %s, %v", r.Payload, err)
	}
	if got, _ := fails(t, s, task{Do: "stream-error", N: 3}); got.ErrorMessage != "out of chunks" {
		t.Errorf("got %+v", got)
	}
}
