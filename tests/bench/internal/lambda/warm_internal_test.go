package lambda

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// script makes a program that is no function.
func script(t *testing.T, name, text string) Programs {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Programs{dir: dir}
}

func TestAFunctionThatEndsIsToldOfWithWhatItWrote(t *testing.T) {
	t.Parallel()
	p := script(t, "broken", "echo no table >&2; exit 3")
	f := function{name: "a broken one", program: "broken", payload: []byte("{}")}
	_, err := p.startOnce(t.Context(), f)
	if err == nil || !strings.Contains(err.Error(), "start a broken one") || !strings.Contains(err.Error(), "no table") {
		t.Errorf("got %v", err)
	}
	_, err = MeasureWarm(t.Context(), p, Pair{bare: f, homing: f}, 0, time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "call a broken one") {
		t.Errorf("got %v", err)
	}
}

func TestAProgramThatMeasuresNothingIsToldOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"echo out of order >&2; exit 1": "out of order",
		"echo nothing":                  "invalid character",
	} {
		p := script(t, bareHandler, "cat >/dev/null; "+text)
		if c, err := MeasureHandling(t.Context(), p, "identity"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %+v, %v, want %q", c, err, want)
		}
	}
}

func TestDifferentAnswersAreFound(t *testing.T) {
	t.Parallel()
	p := script(t, bareHandler, `cat >/dev/null; echo '{"answer":{"statusCode":200,"body":"a"}}'`)
	other := script(t, homingHandler, `cat >/dev/null; echo '{"answer":{"statusCode":200,"body":"b"}}'`)
	if err := os.Rename(other.path(homingHandler), p.path(homingHandler)); err != nil {
		t.Fatal(err)
	}
	if c, err := MeasureHandling(t.Context(), p, "identity"); err == nil || !strings.Contains(err.Error(), `Homing answers "b"`) {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestTurnsEndWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(io.EOF)
	p := script(t, "asleep", "exec sleep 60")
	s := &side{function: function{name: "asleep", program: "asleep", payload: []byte("{}")}}
	var err error
	if s.service, err = p.service(ctx, s.function); err != nil {
		t.Fatal(err)
	}
	err = alternate(ctx, [2]*side{s, s}, time.Hour)
	if err = s.service.end(ctx, err); err == nil || !strings.Contains(err.Error(), "call asleep") {
		t.Errorf("got %v", err)
	}
}

func TestASampleIsOfAllCalls(t *testing.T) {
	t.Parallel()
	s := side{seconds: []float64{0.1, 0.2, 0.3, 0.4}}
	if got := s.sample(); got.Rate != 4 || got.P50 != 0.2 || got.P99 != 0.4 {
		t.Errorf("got %+v", got)
	}
}
