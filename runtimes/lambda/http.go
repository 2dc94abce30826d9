package lambda

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/basepath"
	"github.com/homing-dev/homing/internal/coding"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/internal/problem"
)

// httpMargin is how long before the end of an invocation its answer is ready.
const httpMargin = 300 * time.Millisecond

// httpMarginPart is the part of the time that is kept at most for that.
const httpMarginPart = 10

// bounded is ctx for a request of a source, with time left before the end of the
// invocation for the answer. A REST API passes a coded body on in base64, unless
// all media types are declared binary; it can compress by itself
// (minimumCompressionSize).
func bounded(ctx context.Context, source httpevent.Source) (context.Context, context.CancelFunc) {
	if source == httpevent.REST {
		ctx = coding.SwitchOff(ctx)
	}
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	margin := min(httpMargin, time.Until(end)/httpMarginPart)
	return context.WithDeadline(ctx, end.Add(-margin))
}

// answerHTTP serves an HTTP event by the adapter, and always returns an answer:
// also if a function does not return, panics or ends its goroutine.
func (s *Service) answerHTTP(ctx context.Context, in input) []byte {
	source, r := in.http.Source, in.http.Request
	if in.fault != nil {
		return refuse(source, nil, malformed(in.fault))
	}
	ctx, cancel := bounded(s.identified(basepath.With(ctx, in.http.BasePath), &in.http), source)
	defer cancel()
	r = r.WithContext(ctx)
	w := &answering{w: httpevent.NewWriter(source, r), full: make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		err := problem.ErrExited // unless the adapter returns
		defer func() {
			if p := recover(); p != nil {
				err = problem.Panicked(p)
			}
			done <- err
		}()
		s.adapter.ServeHTTP(w, r)
		err = nil
	}()
	select {
	case <-w.full:
		return w.take()
	case err := <-done:
		if err == nil || w.isComplete() {
			return w.take()
		}
		s.log.ErrorContext(ctx, "no answer", slog.Any("error", err))
		return refuse(source, r, functions.Errorf(http.StatusInternalServerError, "the call failed; the log tells more"))
	case <-ctx.Done():
		s.log.ErrorContext(ctx, "no answer in time")
		return refuse(source, r, functions.Errorf(http.StatusGatewayTimeout, "the call was not answered in the time that the platform gives"))
	}
}

// streamHTTP serves an HTTP event by the adapter, and returns the answer as a
// stream.
func (s *Service) streamHTTP(ctx context.Context, in input, flush func()) io.Reader {
	ctx, cancel := bounded(s.identified(basepath.With(ctx, in.http.BasePath), &in.http), in.http.Source)
	body := httpevent.Stream(ctx, in.http.Source, s.adapter, in.http.Request.WithContext(ctx))
	return &streamed{StreamReader: body, cancel: cancel, flush: flush}
}

// streamed ends the context of a stream with it.
type streamed struct {
	*httpevent.StreamReader

	cancel context.CancelFunc
	flush  func()
}

// Read implements io.Reader.
func (s *streamed) Read(p []byte) (int, error) {
	n, err := s.StreamReader.Read(p)
	if err != nil { // its end: the caller has the answer
		s.flush()
	}
	return n, err //nolint:wrapcheck // a reader's own
}

// Close implements io.Closer.
func (s *streamed) Close() error {
	s.cancel()
	return s.StreamReader.Close() //nolint:wrapcheck // nothing to add
}

// malformed is the problem of an HTTP event that cannot be read.
func malformed(err error) *functions.Error {
	if own, ok := errors.AsType[*functions.Error](err); ok {
		return own
	}
	return functions.Errorf(http.StatusBadRequest, "the request cannot be read: %w", err)
}

// refuse returns a problem as the answer.
func refuse(source httpevent.Source, r *http.Request, p *functions.Error) []byte {
	w := httpevent.NewWriter(source, r)
	problem.Write(w, p)
	return w.Answer()
}

// answering is the writer of an answer that can be complete before its handler
// returns: when all that its Content-Length promises is written and flushed.
// The adapter does that in the place of a function that ignores its deadline.
type answering struct {
	mu      sync.Mutex
	w       *httpevent.Writer // nil once the answer is taken
	written int
	full    chan struct{} // closed when the answer is complete
	flushed bool          // full is closed
}

// Header implements http.ResponseWriter.
func (a *answering) Header() http.Header {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.w == nil {
		return http.Header{}
	}
	return a.w.Header()
}

// WriteHeader implements http.ResponseWriter.
func (a *answering) WriteHeader(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.w != nil {
		a.w.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (a *answering) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.w == nil {
		return 0, http.ErrHandlerTimeout
	}
	a.written += len(p)
	return a.w.Write(p) //nolint:wrapcheck // as net/http's
}

// Flush implements http.Flusher.
func (a *answering) Flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.w == nil || a.flushed {
		return
	}
	a.w.Flush()
	if a.isComplete() {
		a.flushed = true
		close(a.full)
	}
}

// isComplete reports whether everything is there that the answer promises. Only
// the goroutine of its handler may call it, or one that knows that it has ended.
func (a *answering) isComplete() bool {
	length, err := strconv.Atoi(a.w.Header().Get("Content-Length"))
	return err == nil && a.written >= length
}

// take returns the answer. What is written later is lost.
func (a *answering) take() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	answer := a.w.Answer()
	a.w = nil
	return answer
}
