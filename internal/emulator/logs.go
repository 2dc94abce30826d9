package emulator

import (
	"io"
	"sync"
)

// maxLog is how many bytes of a function's output are kept.
const maxLog = 1 << 20

// log returns the writer of a function, which keeps and passes on.
func (e *Emulator) log(function string) io.Writer {
	kept := &tail{also: e.options.Log(function)}
	e.logs[function] = kept
	return kept
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

// String returns what is kept; "" of nil.
func (t *tail) String() string {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept[max(0, len(t.kept)-maxLog):])
}
