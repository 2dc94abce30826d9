package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
)

// maxLogLines is how many lines of a process are remembered.
const maxLogLines = 4000

// logTail is the end of what a process writes. It calls alarm with lines that no
// process of a sound program writes.
type logTail struct {
	name  string
	file  io.Writer // gets all of it; nil for none
	alarm func(name, line string)

	mu    sync.Mutex
	rest  []byte
	lines []string
}

// Write implements [io.Writer].
func (t *logTail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != nil {
		_, _ = t.file.Write(p) // a copy for people
	}
	t.rest = append(t.rest, p...)
	for {
		line, rest, found := bytes.Cut(t.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		t.add(string(line))
		t.rest = rest
	}
}

func (t *logTail) add(line string) {
	if len(t.lines) >= maxLogLines {
		t.lines = append(t.lines[:0], t.lines[maxLogLines/2:]...)
	}
	t.lines = append(t.lines, line)
	for _, sign := range []string{"WARNING: DATA RACE", "panic: ", "fatal error: ", "http: superfluous"} {
		if strings.Contains(line, sign) {
			t.alarm(t.name, line)
		}
	}
}

// last returns the last n lines.
func (t *logTail) last(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines[max(0, len(t.lines)-n):], "\n")
}

// about returns the lines that contain a text, at most n.
func (t *logTail) about(text string, n int) []string {
	t.mu.Lock()
	lines := slices.Clone(t.lines) // the process must not wait until they are read
	t.mu.Unlock()
	var out []string
	for _, line := range lines {
		if len(out) < n && strings.Contains(line, text) {
			out = append(out, t.name+": "+line)
		}
	}
	return out
}
