package emulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// Invoke runs a function and gives its answer, as the Invoke API does.
func (e *Emulator) Invoke(ctx context.Context, function string, payload []byte) (invoke.Result, error) {
	return e.lambda.Invoke(ctx, e.name(function), payload)
}

// InvokeAsync gives a function an event that nobody waits for.
func (e *Emulator) InvokeAsync(function string, payload []byte) error {
	return e.lambda.InvokeAsync(e.name(function), payload)
}

// Kill ends the processes of a function with SIGKILL, whatever they do, and
// says how many there were.
func (e *Emulator) Kill(function string) int { return e.lambda.Kill(e.name(function)) }

// Stats is what a function has done.
func (e *Emulator) Stats(function string) invoke.Stats { return e.lambda.Stats(e.name(function)) }

// Drain waits until no asynchronous event is queued, runs, or waits for a
// retry.
func (e *Emulator) Drain(ctx context.Context) error { return e.lambda.Drain(ctx) }

// Logs is the end of what a function has written, up to 1 MiB.
func (e *Emulator) Logs(function string) string { return e.logs.of(e.name(function)) }

// Depth is the number of messages in a queue, those that somebody works on
// included; 0 if there is no such queue.
func (e *Emulator) Depth(queue string) int {
	q, ok := e.stack.Queue(queue)
	if !ok {
		return 0
	}
	return e.queues.Depth(q.Name)
}

// Messages are the bodies of what is in a queue, those that somebody works on
// included. They are only looked at, not received.
func (e *Emulator) Messages(queue string) []string {
	q, ok := e.stack.Queue(queue)
	if !ok {
		return nil
	}
	return e.queues.Bodies(q.Name)
}

// Send puts a message into a queue.
func (e *Emulator) Send(ctx context.Context, queue, body string) error {
	q, ok := e.stack.Queue(queue)
	if !ok {
		return fmt.Errorf("there is no queue %s", queue)
	}
	return e.queues.Send(ctx, q.ARN, []byte(body))
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
		return nil, refused(err)
	case result.FunctionError != "":
		return nil, &invoke.FunctionError{Type: result.ErrorType, Payload: result.Payload}
	}
	return result.Payload, nil
}

// Stream implements [gateway.Lambda].
func (l lambda) Stream(ctx context.Context, function string, event []byte) (gateway.Stream, error) {
	s, err := l.service.Stream(ctx, function, event)
	if err != nil {
		return gateway.Stream{}, refused(err)
	}
	return gateway.Stream{ContentType: s.ContentType, Body: s.Body}, nil
}

// refused tells a gateway why a function has not run.
func refused(err error) error {
	var own *invoke.Error
	switch {
	case !errors.As(err, &own):
		return err
	case own.Status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %w", gateway.ErrThrottled, err)
	case own.Status == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: %w", gateway.ErrTooLarge, err)
	default:
		return err
	}
}
