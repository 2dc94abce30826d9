package adapter

import (
	"encoding/binary"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/observe"
)

// callLog is the line that the log has of a call. All methods do nothing if it is
// nil.
type callLog struct {
	logger   *slog.Logger
	tenant   string
	client   string // its address, as far as the trusted proxies know it
	progress *progressLog
}

// from notes who has sent the call.
func (l *callLog) from(r *http.Request) {
	if l == nil {
		return
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		l.client = host
	}
}

// logs reports whether a call is logged: by its id, so that the same calls are
// wherever it is known.
func (a *Adapter) logs(id reply.ID) bool {
	if a.cfg.LogCalls <= 0 || a.cfg.LogCalls >= 1 {
		return a.cfg.LogCalls >= 1
	}
	const random = 9 // the first of four bytes that are
	return float64(binary.BigEndian.Uint32(id[random:])) < a.cfg.LogCalls*math.MaxUint32
}

// onProgress returns what notes the progress of a call of which nobody else asks;
// nil if it is not noted.
func (l *callLog) onProgress() func(reply.Progress) {
	if l == nil {
		return nil
	}
	return l.progress.add
}

// answered logs a call that was answered with a status, by 202 before its end.
func (l *callLog) answered(x *exchange, status int) {
	if l == nil {
		return
	}
	chain := &x.route.chain
	attrs := []any{
		slog.Int("status", status), slog.Duration("duration", time.Since(x.start)), slog.String("chain", chain.Name),
		slog.String("route", chain.Method+" "+chain.Path), slog.String("requestid", x.text),
	}
	if l.client != "" {
		attrs = append(attrs, slog.String("client", l.client))
	}
	if l.tenant != "" {
		attrs = append(attrs, slog.String("tenant", l.tenant))
	}
	attrs = observe.WithTrace(attrs, x.trace.parent)
	l.logger.Info("call", append(attrs, slog.Any("steps", slog.GroupValue(l.progress.steps()...)))...)
}

// steps returns what each step that has begun took so far, with all its attempts
// and the pauses between them, and what became of it if that is out of the common.
func (l *progressLog) steps() []slog.Attr {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []slog.Attr
	var began time.Time
	for _, p := range l.entries {
		if len(all) == 0 || all[len(all)-1].Key != p.Step {
			all, began = append(all, slog.Attr{Key: p.Step}), p.Time
		}
		took := p.Time.Sub(began)
		value := slog.DurationValue(took)
		if p.State != "finished" || p.Attempt > 1 {
			text := took.String() + " " + p.State
			if p.Status != 0 {
				text += " " + strconv.Itoa(p.Status)
			}
			if p.Attempt > 1 {
				text += ", attempt " + strconv.Itoa(p.Attempt)
			}
			value = slog.StringValue(text)
		}
		all[len(all)-1].Value = value
	}
	return all
}
