package e2e_test

import (
	"strings"
	"sync"
)

// log keeps what a process writes.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// tail is the end of it, which is what a failed test needs.
func (l *log) tail() string {
	const most = 4 << 10
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.text.String()
	return all[max(0, len(all)-most):]
}

// contains reports whether the process has written s.
func (l *log) contains(s string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), s)
}
