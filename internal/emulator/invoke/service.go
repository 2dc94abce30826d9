package invoke

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"
)

// stopGrace is how long a process may take to end by SIGTERM.
const stopGrace = 500 * time.Millisecond

// Service runs functions. All its methods may be called concurrently.
type Service struct {
	opts      Options
	functions map[string]*function
	life      life           // ends when Close begins
	running   sync.WaitGroup // every goroutine of the service

	mu      sync.Mutex
	closed  bool
	busy    int // environments at work that share Options.Limit
	live    map[*environment]struct{}
	most    int    // environments that there may be, idle ones included
	clock   uint64 // orders the use of environments
	pending int    // asynchronous events that are not done
	drained chan struct{}
}

// function is a Function and what runs of it. All but the first two fields are
// guarded by Service.mu.
type function struct {
	Function

	log          io.Writer
	busy         int            // environments at work
	environments []*environment // that can be used
	waiting      []*waiter      // asynchronous events that wait for room, in order
	stats        Stats
}

// New makes a service; it says everything that is wrong with the options.
// Nothing is started before it is invoked.
func New(opts Options) (*Service, error) {
	opts = opts.withDefaults()
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("make a Lambda service: %w", err)
	}
	s := &Service{opts: opts, functions: map[string]*function{}, life: newLife(), live: map[*environment]struct{}{}, most: opts.Limit}
	for _, f := range opts.Functions {
		own := &function{Function: f.withDefaults(opts.region())}
		if w := opts.Log(f.Name); w != nil {
			own.log = &turns{w: w}
		}
		s.functions[f.Name] = own
		s.most += f.Reserved
	}
	return s, nil
}

// Invoke runs a function and gives its answer; name may be an ARN. A function
// that fails is no error: see [Result.FunctionError]. An [Error] says that it
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
func (s *Service) launch(ctx context.Context, name string, c call, answer *stream) (*invocation, error) {
	f, c, err := s.accept(name, c, MaxSync, "RequestResponse")
	if err != nil {
		return nil, err
	}
	e, err := s.room(ctx, f)
	if err != nil {
		return nil, err
	}
	inv := newInvocation(c)
	inv.stream = answer
	e.submit(inv)
	return inv, nil
}

// room gives a slot in an environment of f.
func (s *Service) room(ctx context.Context, f *function) (*environment, error) {
	if s.opts.Each == 0 || f.Reserved > 0 {
		return s.acquire(f)
	}
	e, err := s.await(ctx, f)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("invoke %s: %w", f.Name, err)
	}
	return e, err
}

// accept checks a call and fills in what it lacks.
func (s *Service) accept(name string, c call, limit int64, kind string) (*function, call, error) {
	f := s.functions[nameOf(name)]
	size := int64(len(c.payload))
	switch {
	case f == nil:
		return nil, c, errUnknown(name)
	case size > limit:
		return nil, c, errTooLarge(size, limit, kind)
	case size == 0:
		c.payload = []byte("{}")
	case !json.Valid(c.payload):
		return nil, c, errNotJSON()
	}
	if c.id == "" {
		c.id = newID()
	}
	if c.trace == "" {
		c.trace = newTrace(s.opts.Now())
	}
	return f, c, nil
}

// Streaming is an answer that comes while it is written.
type Streaming struct {
	// Body must be closed. It ends with io.EOF, or with a [*FunctionError] if
	// the function failed, was killed or timed out.
	Body io.ReadCloser
	// ContentType is what the function said, mostly application/octet-stream.
	ContentType string
	// RequestID of the invocation.
	RequestID string
}

// Stream runs a function and gives its answer as soon as it begins; name may
// be an ARN. A function that failed before is a [*FunctionError]; an [*Error]
// says that it has not run. The context counts until the answer begins.
func (s *Service) Stream(ctx context.Context, name string, payload []byte) (Streaming, error) {
	return s.stream(ctx, name, call{payload: payload})
}

func (s *Service) stream(ctx context.Context, name string, c call) (Streaming, error) {
	answer := newStream()
	inv, err := s.launch(ctx, name, c, answer)
	if err != nil {
		return Streaming{}, err
	}
	select {
	case <-answer.begun:
	case <-inv.done:
		select {
		case <-answer.begun: // and it is done already
		default:
			return Streaming{}, &FunctionError{Type: inv.result.ErrorType, Payload: inv.result.Payload}
		}
	case <-ctx.Done():
		_ = answer.r.Close()
		return Streaming{}, fmt.Errorf("invoke %s: %w", name, context.Cause(ctx))
	}
	return Streaming{Body: answer.r, ContentType: answer.ctype, RequestID: inv.id}, nil
}

// Kill ends the processes of a function with SIGKILL, whatever they do, and
// says how many there were. For tests of what a crash means.
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
		e.signal(syscall.SIGKILL)
	}
	return len(killed)
}

// Close ends all processes, by SIGTERM and after half a second or when ctx
// ends by SIGKILL, and gives up what is queued. What runs is answered with the
// error of a process that ended. When it returns, nothing of the service runs.
// The error is the cause of ctx, if that ended first.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	if s.pending > 0 && first {
		s.opts.Logger.Warn("queued events are lost", "events", s.pending)
	}
	live := slices.Collect(maps.Keys(s.live))
	for _, e := range live {
		e.function.remove(e)
		if e.idle != nil {
			e.idle.Stop()
		}
	}
	s.mu.Unlock()
	s.life.end()
	for _, e := range live {
		s.running.Go(func() { e.stop(ctx.Done()) })
	}
	s.running.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("close the Lambda service: processes were killed: %w", context.Cause(ctx))
	}
	return nil
}
