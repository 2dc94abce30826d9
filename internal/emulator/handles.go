package emulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/invoke"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// URL is the address of the first API, with its stage and without a slash at
// the end; "" if there is no API.
func (e *Emulator) URL() string {
	if len(e.stack.APIs) == 0 {
		return ""
	}
	return e.APIURL(e.stack.APIs[0].ID)
}

// APIURL is the address of an API, by its logical id or id, with its stage and
// without a slash at the end; "" if there is none.
func (e *Emulator) APIURL(id string) string {
	for _, api := range e.stack.APIs {
		if api.ID == id || api.APIID == id {
			return e.local[api.URL] + stagePath(api)
		}
	}
	return ""
}

func stagePath(api template.API) string {
	if api.Stage == "$default" {
		return ""
	}
	return "/" + api.Stage
}

// FunctionURL is the address of a Function URL, without a slash at the end; ""
// if there is none.
func (e *Emulator) FunctionURL(function string) string {
	f, ok := e.stack.Function(function)
	if !ok || f.URL == nil {
		return ""
	}
	return e.local[f.URL.URL]
}

// QueueURL is what a client of SQS calls a queue; "" if there is none.
func (e *Emulator) QueueURL(queue string) string {
	if q, ok := e.stack.Queue(queue); ok {
		return e.queueURL(q.Name)
	}
	return ""
}

// LambdaURL is the endpoint for clients of the AWS SDK that call Lambda; see
// [Emulator.Config] for their other settings.
func (e *Emulator) LambdaURL() string { return e.local[lambdaService] }

// SQSURL is that for clients of SQS.
func (e *Emulator) SQSURL() string { return e.local[queueService] }

// TablesURL is that for clients of DynamoDB; "" if there are no tables.
func (e *Emulator) TablesURL() string { return e.options.Tables }

// Stack is what runs, with the addresses that it would have on AWS.
func (e *Emulator) Stack() template.Stack { return e.stack }

// Outputs are the stack's, with addresses of this machine.
func (e *Emulator) Outputs() []template.Output {
	outputs := make([]template.Output, 0, len(e.stack.Outputs))
	for _, o := range e.stack.Outputs {
		o.Value = e.replacer.Replace(o.Value)
		outputs = append(outputs, o)
	}
	return outputs
}

// Output is the value of an output; "" if there is none of the name.
func (e *Emulator) Output(name string) string {
	for _, o := range e.Outputs() {
		if o.Name == name {
			return o.Value
		}
	}
	return ""
}

// Invoke runs a function and returns its result, as the Invoke API does.
func (e *Emulator) Invoke(ctx context.Context, function string, payload []byte) (invoke.Result, error) {
	return e.lambda.Invoke(ctx, e.name(function), payload)
}

// InvokeAsync queues an event for a function.
func (e *Emulator) InvokeAsync(function string, payload []byte) error {
	return e.lambda.InvokeAsync(e.name(function), payload)
}

// Kill ends the processes of a function with SIGKILL, whatever they do, and
// returns how many there were.
func (e *Emulator) Kill(function string) int { return e.lambda.Kill(e.name(function)) }

// Stats is what a function has done.
func (e *Emulator) Stats(function string) invoke.Stats { return e.lambda.Stats(e.name(function)) }

// Drain waits until no asynchronous event is queued, runs, or waits for a
// retry.
func (e *Emulator) Drain(ctx context.Context) error { return e.lambda.Drain(ctx) }

// Logs is the end of what a function has written, up to 1 MiB.
func (e *Emulator) Logs(function string) string { return e.logs[e.name(function)].String() }

// Depth is the number of messages in a queue, those that somebody works on
// included; 0 if there is no such queue.
func (e *Emulator) Depth(queue string) int { return len(e.Messages(queue)) }

// Objects is the number of objects in a bucket, by its logical id; 0 if there is no such
// bucket.
func (e *Emulator) Objects(id string) int {
	for _, b := range e.stack.Buckets {
		if b.ID == id {
			return e.buckets.Len(b.Name)
		}
	}
	return 0
}

// Messages are the bodies of what is in a queue, those that somebody works on
// included. They are only looked at, not received.
func (e *Emulator) Messages(queue string) []string {
	q, _ := e.stack.Queue(queue)
	return e.queues.Bodies(q.Name)
}

// Send puts a message into a queue.
func (e *Emulator) Send(ctx context.Context, queue, body string) error {
	q, _ := e.stack.Queue(queue)
	return e.queues.Send(ctx, cmp.Or(q.ARN, queue), []byte(body))
}

// name of a function that is known by its logical id.
func (e *Emulator) name(function string) string {
	if f, ok := e.stack.Function(function); ok {
		return f.Name
	}
	return function
}

// lambda is the Lambda service as a gateway sees it.
type lambda struct{ service *invoke.Service }

// Invoke implements [gateway.Lambda].
func (l lambda) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	result, err := l.service.Invoke(ctx, function, event)
	switch {
	case err != nil:
		return nil, rejection(err)
	case result.FunctionError != "":
		return nil, &invoke.FunctionError{Type: result.ErrorType, Payload: result.Payload}
	}
	return result.Payload, nil
}

// Stream implements [gateway.Lambda].
func (l lambda) Stream(ctx context.Context, function string, event []byte) (gateway.Stream, error) {
	s, err := l.service.Stream(ctx, function, event)
	if err != nil {
		return gateway.Stream{}, rejection(err)
	}
	return gateway.Stream{ContentType: s.ContentType, Body: s.Body}, nil
}

// rejection is the error for a gateway of a function that has not run.
func rejection(err error) error {
	own, ok := errors.AsType[*invoke.Error](err)
	switch {
	case ok && own.Status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %w", gateway.ErrThrottled, err)
	case ok && own.Status == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: %w", gateway.ErrTooLarge, err)
	}
	return err
}

// maxLog is how many bytes of a function's output are kept.
const maxLog = 1 << 20

// log returns the writer of a function, which keeps and passes on.
func (e *Emulator) log(function string) io.Writer {
	kept := &tail{also: e.options.Log(function)}
	e.logs[function] = kept
	return kept
}

// tail is a writer that keeps the end of what is written.
type tail struct {
	also io.Writer

	mu   sync.Mutex
	kept []byte
}

// Write implements [io.Writer]. What the other writer does with it does not
// matter to the function.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*maxLog { // now and then, not with each write
		t.kept = append([]byte(nil), t.kept[len(t.kept)-maxLog:]...)
	}
	t.mu.Unlock()
	if t.also != nil {
		_, _ = t.also.Write(p)
	}
	return len(p), nil
}

// String returns what is kept; "" of nil.
func (t *tail) String() string {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept[max(0, len(t.kept)-maxLog):])
}
