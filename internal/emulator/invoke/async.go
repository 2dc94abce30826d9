package invoke

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// asyncEvent is an asynchronous event on its way.
type asyncEvent struct {
	call

	function *function
	accepted time.Time
	runs     int    // how often the function has run
	last     Result // of the last run
}

// The conditions of a destination record.
const (
	conditionSuccess = "Success"
	conditionRetries = "RetriesExhausted"
	conditionAge     = "EventAgeExceeded"
)

// InvokeAsync queues an event for a function; name may be an ARN. nil means
// that it is accepted: it is delivered at least once, and again if the
// function fails, by [Function.Retries] and MaxAge, until the service is
// closed. It waits for room where Invoke is throttled; it is throttled itself
// if too many events are queued. Every error is an [*Error].
func (s *Service) InvokeAsync(name string, payload []byte) error {
	return s.enqueue(name, call{payload: payload})
}

func (s *Service) enqueue(name string, c call) error {
	c.clientContext = "" // Lambda passes it on with synchronous invocations only
	f, c, err := s.accept(name, c, MaxAsync, "Event")
	if err != nil {
		return err
	}
	times := max(1, s.opts.Duplicate(f.Name))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if s.pending+times > s.opts.QueueLimit {
		f.stats.Throttles++
		return errThrottled(reasonLimit)
	}
	f.stats.Events++
	for range times {
		s.begin(f)
		event := &asyncEvent{call: c, function: f, accepted: time.Now()}
		s.running.Go(func() { s.deliver(event) })
	}
	return nil
}

// begin and done count what is pending. The caller of begin holds mu.
func (s *Service) begin(f *function) {
	if s.pending == 0 {
		s.drained = make(chan struct{})
	}
	s.pending++
	f.stats.Queued++
}

func (s *Service) done(f *function) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending--
	f.stats.Queued--
	if s.pending == 0 {
		close(s.drained)
	}
}

// Drain waits until no asynchronous event is queued, runs, waits for its retry
// or for its destination. The error is the cause of ctx.
func (s *Service) Drain(ctx context.Context) error {
	for {
		s.mu.Lock()
		pending, drained := s.pending, s.drained
		s.mu.Unlock()
		if pending == 0 {
			return nil
		}
		select {
		case <-drained:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// deliver invokes the function until it succeeds or Lambda gives up.
func (s *Service) deliver(e *asyncEvent) {
	defer s.done(e.function)
	ctx, cancel := context.WithTimeout(s.life, e.function.MaxAge-time.Since(e.accepted))
	defer cancel()
	for {
		env, err := s.acquire(ctx, e.function, true)
		if err != nil {
			s.complete(e, conditionAge)
			return
		}
		inv := newInvocation(e.call)
		env.submit(inv)
		<-inv.done
		e.runs++
		e.last = inv.result
		switch {
		case e.last.FunctionError == "":
			s.complete(e, conditionSuccess)
			return
		case e.runs > e.function.Retries:
			s.complete(e, conditionRetries)
			return
		case !s.pause(ctx, e.runs):
			s.complete(e, conditionAge)
			return
		}
		s.count(e.function, func(stats *Stats) { stats.Retries++ })
	}
}

// pause waits before the retry that follows the runs-th run. It returns false
// if the event gets too old meanwhile.
func (s *Service) pause(ctx context.Context, runs int) bool {
	delays := s.opts.RetryDelays
	if len(delays) == 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(delays[min(runs, len(delays))-1]):
		return true
	case <-ctx.Done():
		return false
	}
}

// record is what a destination gets of an event, version 1.0.
type record struct {
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	RequestContext  requestContext   `json:"requestContext"`
	RequestPayload  json.RawMessage  `json:"requestPayload"`
	ResponseContext *responseContext `json:"responseContext,omitempty"`
	ResponsePayload json.RawMessage  `json:"responsePayload,omitempty"`
}

type requestContext struct {
	RequestID              string `json:"requestId"` //nolint:tagliatelle // Lambda's
	FunctionARN            string `json:"functionArn"`
	Condition              string `json:"condition"`
	ApproximateInvokeCount int    `json:"approximateInvokeCount"`
}

type responseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"`
}

const (
	recordVersion = "1.0"
	recordTime    = "2006-01-02T15:04:05.000Z07:00"
	// sends is how often a queue is tried for a record.
	sends     = 3
	sendPause = 100 * time.Millisecond
)

// complete sends the record of an event to its destination, and one that failed
// to the dead-letter queue. An event that the end of the service cut short is
// lost.
func (s *Service) complete(e *asyncEvent, condition string) {
	if s.life.Err() != nil {
		return
	}
	destination := e.function.OnSuccess
	if condition != conditionSuccess {
		destination = e.function.OnFailure
		s.count(e.function, func(stats *Stats) { stats.Failed++ })
		if e.function.DeadLetter != "" {
			s.send(e, e.function.DeadLetter, e.payload)
		}
	}
	if destination == "" {
		return
	}
	body, err := json.Marshal(e.record(time.Now(), condition))
	if err != nil {
		s.dropped(e, destination, err)
		return
	}
	if !strings.Contains(destination, ":function:") {
		s.send(e, destination, body)
		return
	}
	if err := s.InvokeAsync(destination, body); err != nil {
		s.dropped(e, destination, err)
	}
}

func (e *asyncEvent) record(now time.Time, condition string) record {
	r := record{
		Version: recordVersion, Timestamp: now.UTC().Format(recordTime), RequestPayload: e.payload,
		RequestContext: requestContext{e.id, e.function.ARN + ":" + Latest, condition, e.runs},
	}
	if e.runs == 0 {
		return r
	}
	r.ResponseContext = &responseContext{http.StatusOK, Latest, e.last.FunctionError}
	r.ResponsePayload = e.last.Payload
	if !json.Valid(e.last.Payload) {
		text, err := json.Marshal(string(e.last.Payload))
		if err == nil {
			r.ResponsePayload = text
		}
	}
	return r
}

// send puts a body in a queue, and tries again if that fails.
func (s *Service) send(e *asyncEvent, arn string, body []byte) {
	var err error
	for range sends {
		if err = s.opts.Send(s.life, arn, body); err == nil {
			return
		}
		select {
		case <-time.After(sendPause):
		case <-s.life.Done():
		}
	}
	s.dropped(e, arn, err)
}

func (s *Service) dropped(e *asyncEvent, destination string, err error) {
	s.count(e.function, func(stats *Stats) { stats.Dropped++ })
	s.opts.Logger.Error("the record of a failed event is lost",
		"function", e.function.Name, "request", e.id, "destination", destination, "error", err)
}
