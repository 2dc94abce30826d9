package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxLines is how many lines of the log are kept, and maxLine how long one is.
	maxLines = 1000
	maxLine  = 4 << 10
)

// lines are the last lines of the log, each an object of JSON.
type lines struct {
	mu    sync.Mutex
	all   []json.RawMessage
	count int // of all that have come
}

// Write takes one line.
func (l *lines) Write(line []byte) (int, error) {
	text := bytes.TrimSpace(line)
	if len(text) > maxLine {
		text = fmt.Appendf(nil, `{"time":%q,"level":"WARN","msg":"a line of the log is too long for the console","bytes":%d}`,
			time.Now().Format(time.RFC3339Nano), len(text))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.all = append(l.all, bytes.Clone(text))
	if len(l.all) > maxLines {
		l.all[0] = nil
		l.all = l.all[1:]
	}
	return len(line), nil
}

// since returns the lines behind a count of lines, and the count now.
func (l *lines) since(count int) ([]json.RawMessage, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := min(max(l.count-count, 0), len(l.all))
	return l.all[len(l.all)-fresh:], l.count
}

// Log returns a handler that writes where h does, and keeps the last lines.
func (r *Recorder) Log(h slog.Handler) slog.Handler {
	return both{h, slog.NewJSONHandler(&r.logs, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: readable})}
}

// readable writes durations as the log of the process does.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// both is a handler that has another one beside it, which gets the same lines.
type both struct{ first, second slog.Handler }

// Enabled implements [slog.Handler].
func (b both) Enabled(ctx context.Context, level slog.Level) bool { return b.first.Enabled(ctx, level) }

// Handle implements [slog.Handler].
func (b both) Handle(ctx context.Context, line slog.Record) error {
	return errors.Join(b.first.Handle(ctx, line.Clone()), b.second.Handle(ctx, line))
}

// WithAttrs implements [slog.Handler].
func (b both) WithAttrs(attrs []slog.Attr) slog.Handler {
	return both{b.first.WithAttrs(attrs), b.second.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (b both) WithGroup(name string) slog.Handler {
	return both{b.first.WithGroup(name), b.second.WithGroup(name)}
}
