package gateway

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"
)

// Quotas of API Gateway and of Function URLs.
const (
	DefaultTimeout     = 30 * time.Second // of an HTTP API's integration
	DefaultRESTTimeout = 29 * time.Second // of a REST API's
	DefaultMaxBody     = 10 << 20         // bytes of a request to an API
	DefaultMaxURLBody  = 6 << 20          // bytes of a request to a Function URL
	maxHeader          = 10_240           // bytes of the request line and the headers
)

// What a [Lambda] returns if the function has not run.
var (
	// ErrThrottled means that there was no room for the call.
	ErrThrottled = errors.New("the function is throttled")
	// ErrTooLarge means that the event is larger than Lambda takes.
	ErrTooLarge = errors.New("the event is too large")
)

// Lambda is what a gateway calls: the Lambda service. It is safe for
// concurrent use.
type Lambda interface {
	// Invoke runs a function and returns its answer. An error means that there
	// is none: the function failed, or could not run; see [ErrThrottled] and
	// [ErrTooLarge].
	Invoke(ctx context.Context, function string, event []byte) ([]byte, error)
	// Stream does the same and returns when the answer begins. The
	// answer's body ends with an error if the function fails on its way.
	Stream(ctx context.Context, function string, event []byte) (Stream, error)
}

// Stream is an answer that comes while it is written.
type Stream struct {
	// ContentType is application/vnd.awslambda.http-integration-response if
	// the answer begins with a status and headers.
	ContentType string
	// Body must be closed.
	Body io.ReadCloser
}

// Options of a gateway. The zero value of every field but Lambda is usable.
type Options struct {
	Lambda Lambda
	// Account and Region are what the functions see; "" means some.
	Account, Region string
	// Timeout is how long a function may take that an API calls; 0 means the
	// platform's. A route's own limit counts if it is shorter. A Function URL
	// has no limit but that of its function.
	Timeout time.Duration
	// MaxBody is the greatest size of a request's body in bytes; 0 means the
	// platform's.
	MaxBody int64
	// Now is the clock of throttling and of events; nil means time.Now.
	Now func() time.Time
	// Log is called with every request that has ended, concurrently; nil means
	// that they are not logged.
	Log func(Access)
}

// Access is what became of a request.
type Access struct {
	RequestID, Method, Path string
	// Function is the name of the function, "" if no route led to one.
	Function string
	// Status is what was sent; 0 if the client went away first.
	Status   int
	Duration time.Duration
	// Err is why the gateway responded itself; nil if the function did.
	Err error
}

func (o Options) withDefaults(timeout time.Duration, body int64) Options {
	o.Timeout = cmp.Or(o.Timeout, timeout)
	o.MaxBody = cmp.Or(o.MaxBody, body)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = func(Access) {}
	}
	return o
}
