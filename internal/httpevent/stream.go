package httpevent

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/homing-dev/homing/internal/problem"
)

// StreamContentType is the type of an answer that begins with a prelude.
const StreamContentType = "application/vnd.awslambda.http-integration-response"

// StreamReader is an answer that is read while its handler writes it: status
// and header as JSON, eight zero bytes, and the body. aws-lambda-go sends a
// reader on as it comes, with the type that its ContentType returns.
//
// Read and Close may be called at the same time.
type StreamReader struct {
	pipe   *io.PipeReader
	cancel context.CancelFunc
	failed atomic.Pointer[PanicError]
}

// Stream runs a handler and returns its answer as it is written, for a source
// that takes it so: a function URL in invoke mode RESPONSE_STREAM, or a REST
// API in response transfer mode STREAM.
//
// The context of the request is ctx, until the reader is closed; from then on,
// and when ctx ends, all that the handler writes fails. Reading to the end or
// Close ends the handler's goroutine, if the handler heeds its context or
// writes.
//
// If the handler panics before anything was sent, the answer is a problem
// document with status 500. After that the status is out, and Read returns a
// [*PanicError] where the end of the answer would be.
func Stream(ctx context.Context, source Source, handler http.Handler, r *http.Request) *StreamReader {
	ctx, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	s := &StreamReader{pipe: reader, cancel: cancel}
	stop := context.AfterFunc(ctx, func() { _ = writer.CloseWithError(context.Cause(ctx)) }) // a write may be waiting for a reader
	go func() {
		defer cancel()
		w := &streamWriter{ctx: ctx, source: source, head: newHead(r), pipe: writer}
		err := s.run(handler, w, r.WithContext(ctx))
		stop()
		_ = writer.CloseWithError(err) // nil becomes io.EOF
	}()
	return s
}

// run runs the handler and sends what it has left in the buffer.
func (s *StreamReader) run(handler http.Handler, w *streamWriter, r *http.Request) error {
	if err := call(handler, w, r); err != nil {
		var caught *PanicError
		errors.As(err, &caught)
		s.failed.Store(caught)
		if w.started {
			return err
		}
		w.head, w.buffer = newHead(r), nil
		problem.Write(w, failure())
	}
	return w.FlushError()
}

// Read reads the answer.
func (s *StreamReader) Read(p []byte) (int, error) { return s.pipe.Read(p) }

// Close ends the answer: the handler's context is cancelled, and what it still
// writes fails. It does not wait for the handler.
func (s *StreamReader) Close() error {
	s.cancel()
	return s.pipe.Close()
}

// Err returns the panic of the handler, for the log, or nil. It is final once
// Read has returned an error.
func (s *StreamReader) Err() error {
	if caught := s.failed.Load(); caught != nil {
		return caught
	}
	return nil
}

// ContentType is [StreamContentType].
func (*StreamReader) ContentType() string { return StreamContentType }

// MarshalJSON always fails: aws-lambda-go streams the results of a function
// that are no JSON.
func (*StreamReader) MarshalJSON() ([]byte, error) {
	return nil, errors.New("the answer is a stream and no JSON")
}

const (
	// preludeEnd is how many zero bytes follow the prelude.
	preludeEnd = 8
	// streamBuffer is how much of a body is gathered before it is sent.
	streamBuffer = 4 << 10
)

// streamWriter is the ResponseWriter of a streamed answer. Small writes are
// gathered until the handler flushes or returns.
type streamWriter struct {
	ctx     context.Context //nolint:containedctx // of the one request that it lives for
	source  Source
	head    head
	buffer  []byte
	pipe    *io.PipeWriter
	started bool // the prelude was sent
}

var (
	_ http.ResponseWriter = (*streamWriter)(nil)
	_ http.Flusher        = (*streamWriter)(nil)
)

// Header is what is sent in the prelude.
func (w *streamWriter) Header() http.Header { return w.head.header }

// WriteHeader settles status and header. They are sent with what follows.
func (w *streamWriter) WriteHeader(status int) { w.head.write(status) }

// Write sends p, at once or with what follows.
func (w *streamWriter) Write(p []byte) (int, error) {
	send, err := w.head.admit(p)
	if err != nil || !send {
		return accepted(len(p), err)
	}
	if err := context.Cause(w.ctx); err != nil { // the reader is gone
		return 0, err
	}
	if len(w.buffer)+len(p) <= streamBuffer {
		w.buffer = append(w.buffer, p...)
		return len(p), nil
	}
	if err := w.FlushError(); err != nil {
		return 0, err
	}
	return w.pipe.Write(p)
}

// Flush sends what was written so far.
func (w *streamWriter) Flush() { _ = w.FlushError() }

// FlushError sends what was written so far, the prelude first. The error means
// that the reader has not taken it, or takes no more.
func (w *streamWriter) FlushError() error {
	if err := context.Cause(w.ctx); err != nil { // the reader is gone
		return err
	}
	pending := w.buffer
	if !w.started {
		w.head.finish()
		prelude := append(w.head.appendHead(nil, w.source), '}')
		pending = append(append(prelude, make([]byte, preludeEnd)...), pending...)
		w.started = true
	}
	w.buffer = w.buffer[:0]
	if len(pending) == 0 {
		return nil
	}
	_, err := w.pipe.Write(pending)
	return err
}
