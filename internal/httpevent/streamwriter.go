package httpevent

import (
	"context"
	"io"
	"net/http"
)

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

// FlushError sends what was written so far, the prelude first. The error tells
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
