package invoke

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Result is what an invocation came to.
type Result struct {
	// Payload is the function's response, or its error object.
	Payload []byte
	// FunctionError is [Unhandled] if the function failed, else "".
	FunctionError string
	// ErrorType is errorType of the error object, as "Runtime.ExitError".
	ErrorType string
	// Version that ran: [Latest].
	Version string
	// RequestID of the invocation.
	RequestID string
}

// call is what is asked of a function.
type call struct {
	id            string
	payload       []byte
	trace         string // X-Ray tracing header
	clientContext string // JSON, "" for none
}

// invocation is a call on its way through an environment.
type invocation struct {
	call

	delivered chan struct{} // closed when the runtime has taken it
	deadline  time.Time     // read it after delivered
	completed chan struct{} // closed when result is there
	released  chan struct{} // closed when the runtime asked for the next one
	done      chan struct{} // closed when the caller may have the result

	claimed atomic.Bool // a runtime has taken it, or somebody moves it
	moves   int         // how often it went to another environment

	once     sync.Once
	result   Result
	doneOnce sync.Once
	stream   *stream // nil unless the response is streamed
}

func newInvocation(c call) *invocation {
	return &invocation{
		call: c, delivered: make(chan struct{}), completed: make(chan struct{}),
		released: make(chan struct{}), done: make(chan struct{}),
	}
}

// complete sets the result; the first one counts.
func (i *invocation) complete(r Result) {
	i.once.Do(func() {
		r.RequestID, r.Version = i.id, Latest
		i.result = r
		close(i.completed)
	})
}

// publish lets the caller have the result. A stream ends here only if it
// failed before its first byte; else it has ended by itself.
func (i *invocation) publish() {
	i.doneOnce.Do(func() {
		if i.stream != nil {
			i.stream.end(i.result)
		}
		close(i.done)
	})
}

// isClosed reports whether a channel that carries nothing is closed.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// stream is the response of a function as it comes.
type stream struct {
	r     *io.PipeReader
	w     *io.PipeWriter
	begun chan struct{} // closed with the first byte or the header of the response
	once  sync.Once
	ctype string // read it after begun
}

func newStream() *stream {
	r, w := io.Pipe()
	return &stream{r: r, w: w, begun: make(chan struct{})}
}

func (s *stream) begin(contentType string) {
	s.once.Do(func() {
		s.ctype = contentType
		close(s.begun)
	})
}

// end lets the reader read EOF, or the error of the function.
func (s *stream) end(r Result) {
	if r.FunctionError != "" {
		_ = s.w.CloseWithError(&FunctionError{Type: r.ErrorType, Payload: r.Payload})
		return
	}
	_ = s.w.Close()
}
