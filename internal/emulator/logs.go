package emulator

import (
	"io"
	"sync"
)

// maxLog is how many bytes of a function's output are kept.
const maxLog = 1 << 20

// logs keeps the end of what each function has written.
type logs struct {
	mu  sync.Mutex
	all map[string]*tail
}

func newLogs() *logs { return &logs{all: map[string]*tail{}} }

// writer gives a writer for each function, which keeps and hands on.
func (l *logs) writer(also func(string) io.Writer) func(string) io.Writer {
	return func(function string) io.Writer {
		l.mu.Lock()
		defer l.mu.Unlock()
		kept := &tail{also: also(function)}
		l.all[function] = kept
		return kept
	}
}

func (l *logs) of(function string) string {
	l.mu.Lock()
	kept := l.all[function]
	l.mu.Unlock()
	if kept == nil {
		return ""
	}
	return kept.String()
}

// tail is a writer that keeps the end of what is written.
type tail struct {
	also io.Writer

	mu   sync.Mutex
	kept []byte
}

// Write implements [io.Writer]. What the other writer makes of it does not
// matter to the function.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*maxLog { // now and then, not with each write
		t.kept = append([]byte(nil), t.kept[len(t.kept)-maxLog:]...)
	}
	t.mu.Unlock()
	if t.also != nil {
		_, _ = t.also.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept[max(0, len(t.kept)-maxLog):])
}
