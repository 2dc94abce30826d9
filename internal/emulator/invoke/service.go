package invoke

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	uuid "github.com/aws/smithy-go/rand"
	"github.com/homing-dev/homing/internal/processgroup"
)

// Service runs functions. All its methods may be called concurrently.
type Service struct {
	opts      Options
	functions map[string]*function
	running   sync.WaitGroup // every goroutine of the service
	// life ends when Close begins.
	life context.Context //nolint:containedctx // it is the service's, and no caller's lasts as long
	end  context.CancelFunc

	mu      sync.Mutex
	closed  bool
	working int // environments at work that share Options.Limit
	all     map[*environment]struct{}
	limit   int    // environments that there may be, idle ones included
	clock   uint64 // orders the use of environments
	pending int    // asynchronous events that are not done
	drained chan struct{}
	kills   int64 // of the kernel for want of memory, as far as they were one of ours
}

// function is a Function and what runs of it. All but the first two fields are
// guarded by Service.mu.
type function struct {
	Function

	log          io.Writer
	working      int                 // environments at work
	environments []*environment      // that can be used
	waiting      []chan *environment // invocations that wait for an environment, in order; each has room for one
	stats        Stats
}

// Stats is what a function has done since the service was made.
type Stats struct {
	// ColdStarts counts processes started, Environments those that can be used
	// now.
	ColdStarts, Environments int
	// Invocations counts runs, retries of events included.
	Invocations int
	// Throttles counts invocations rejected and events that had to wait, for
	// want of room.
	Throttles int
	// Events counts asynchronous events accepted, Retries their runs after the
	// first, Queued those not done now: queued, running or waiting for a retry.
	Events, Retries, Queued int
	// Failed counts events that Lambda gave up, Dropped records of events that
	// no destination took.
	Failed, Dropped int
}

// New returns a service, or everything that is invalid in the options. Nothing
// is started before it is invoked. The service has the values of ctx and does
// not end with it.
func New(ctx context.Context, opts Options) (*Service, error) {
	opts = opts.withDefaults()
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("make a Lambda service: %w", err)
	}
	s := &Service{opts: opts, functions: map[string]*function{}, all: map[*environment]struct{}{}, limit: opts.Limit}
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	for _, f := range opts.Functions {
		own := &function{Function: f.withDefaults(opts.region())}
		if w := opts.Log(f.Name); w != nil {
			own.log = &syncWriter{w: w}
		}
		s.functions[f.Name] = own
		s.limit += f.Reserved
	}
	return s, nil
}

// Invoke runs a function and returns its result; name may be an ARN. A function
// that fails is no error: see [Result.FunctionError]. An [Error] means that it
// has not run. If ctx ends first its cause is the error, and the function runs
// on, as on Lambda.
func (s *Service) Invoke(ctx context.Context, name string, payload []byte) (Result, error) {
	return s.invoke(ctx, name, call{payload: payload})
}

func (s *Service) invoke(ctx context.Context, name string, c call) (Result, error) {
	inv, err := s.launch(ctx, name, c, nil)
	if err != nil {
		return Result{}, err
	}
	select {
	case <-inv.done:
		return inv.result, nil
	case <-ctx.Done():
		return Result{}, fmt.Errorf("invoke %s: %w", name, context.Cause(ctx))
	}
}

// launch starts a synchronous invocation.
func (s *Service) launch(ctx context.Context, name string, c call, response *stream) (*invocation, error) {
	f, c, err := s.accept(name, c, MaxSync, "RequestResponse")
	if err != nil {
		return nil, err
	}
	e, err := s.acquire(ctx, f, s.opts.Each > 0 && f.Reserved == 0)
	if err != nil {
		return nil, err
	}
	inv := newInvocation(c)
	inv.stream = response
	e.submit(inv)
	return inv, nil
}

// accept checks a call and fills in what it lacks.
func (s *Service) accept(name string, c call, limit int64, kind string) (*function, call, error) {
	f := s.functions[nameOf(name)]
	size := int64(len(c.payload))
	switch {
	case f == nil:
		return nil, c, &Error{Type: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "Function not found: " + name}
	case size > limit:
		return nil, c, errTooLarge(size, limit, kind)
	case size == 0:
		c.payload = []byte("{}")
	case !json.Valid(c.payload):
		return nil, c, errNotJSON
	}
	if c.id == "" {
		c.id = newID()
	}
	if c.trace == "" {
		c.trace = newTrace(time.Now())
	}
	return f, c, nil
}

// newID returns a request id: a random UUID.
func newID() string {
	id, _ := uuid.NewUUID(rand.Reader).GetUUID() // which never fails, since Go 1.24
	return id
}

// newTrace returns an X-Ray tracing header that is not sampled.
func newTrace(now time.Time) string {
	const traceSize, spanSize = 12, 8
	var b [traceSize + spanSize]byte
	_, _ = rand.Read(b[:]) // the same
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0",
		now.Unix(), hex.EncodeToString(b[:traceSize]), hex.EncodeToString(b[traceSize:]))
}

// Streaming is a response that comes while it is written.
type Streaming struct {
	// Body must be closed. It ends with io.EOF, or with a [*FunctionError] if
	// the function failed, was killed or timed out.
	Body io.ReadCloser
	// ContentType is the function's, mostly application/octet-stream.
	ContentType string
	// RequestID of the invocation.
	RequestID string
}

// Stream runs a function and returns its response as soon as it begins; name
// may be an ARN. A function that failed before is a [*FunctionError]; an
// [*Error] means that it has not run. The context counts until the response
// begins.
func (s *Service) Stream(ctx context.Context, name string, payload []byte) (Streaming, error) {
	return s.stream(ctx, name, call{payload: payload})
}

func (s *Service) stream(ctx context.Context, name string, c call) (Streaming, error) {
	response := newStream()
	inv, err := s.launch(ctx, name, c, response)
	if err != nil {
		return Streaming{}, err
	}
	select {
	case <-response.begun:
	case <-inv.done:
	case <-ctx.Done():
		_ = response.r.Close()
		return Streaming{}, fmt.Errorf("invoke %s: %w", name, context.Cause(ctx))
	}
	if !isClosed(response.begun) { // it may have begun and be done already
		return Streaming{}, &FunctionError{Type: inv.result.ErrorType, Payload: inv.result.Payload}
	}
	return Streaming{Body: response.r, ContentType: response.ctype, RequestID: inv.id}, nil
}

// Stats of a function, by name or ARN; the zero value if there is none.
func (s *Service) Stats(name string) Stats {
	f := s.functions[nameOf(name)]
	if f == nil {
		return Stats{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := f.stats
	stats.Environments = len(f.environments)
	return stats
}

func (s *Service) count(f *function, add func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&f.stats)
}

// Kill ends the processes of a function with SIGKILL, whatever they do, and
// returns how many there were. For tests of what a crash means.
func (s *Service) Kill(name string) int {
	f := s.functions[nameOf(name)]
	if f == nil {
		return 0
	}
	s.mu.Lock()
	killed := f.environments
	f.environments = nil // the next invocation must not meet a dying one
	s.mu.Unlock()
	for _, e := range killed {
		e.signal(processgroup.Kill)
	}
	return len(killed)
}

// Close ends all processes, by SIGTERM and after half a second or when ctx
// ends by SIGKILL, and drops what is queued. What runs gets the error of a
// process that ended. When Close returns, nothing of the service runs. The
// error is the cause of ctx, if that ended first.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	if s.pending > 0 && first {
		s.opts.Logger.Warn("queued events are lost", "events", s.pending)
	}
	all := slices.Collect(maps.Keys(s.all))
	for _, e := range all {
		e.function.remove(e)
		if e.idle != nil {
			e.idle.Stop()
		}
	}
	s.mu.Unlock()
	s.end()
	for _, e := range all {
		s.running.Go(func() { e.stop(ctx.Done()) })
	}
	s.running.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("close the Lambda service: processes were killed: %w", context.Cause(ctx))
	}
	return nil
}
