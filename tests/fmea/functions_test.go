package fmea_test

import (
	"context"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// chain returns a chain POST /name whose steps are one, two, three...
func chain(name string, steps ...functions.Function) functions.Chain {
	c := functions.Chain{Name: name, Method: http.MethodPost, Path: "/" + name, Timeout: time.Minute}
	for i, f := range steps {
		c.Steps = append(c.Steps, functions.Step{Name: []string{"one", "two", "three"}[i], Function: f})
	}
	return c
}

func echo(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

// takes works for a while and obeys its context.
func takes(d time.Duration) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		work := time.NewTimer(d)
		defer work.Stop()
		select {
		case <-work.C:
			return &in, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pause waits, and returns the error of ctx if that ends before.
func pause(ctx context.Context, d time.Duration) error {
	_, err := takes(d)(ctx, event.Event{})
	return err
}

func fails(status int) functions.Function {
	return func(context.Context, event.Event) (*event.Event, error) {
		return nil, functions.Errorf(status, "as asked for")
	}
}

// gate holds functions until it is opened.
type gate struct {
	started chan string // the bodies of the calls
	open    chan struct{}
	ended   chan error // how the context of an obedient function was when it returned
}

func newGate() gate {
	const room = 20_000
	return gate{make(chan string, room), make(chan struct{}), make(chan error, room)}
}

func (g gate) obedient(ctx context.Context, in event.Event) (*event.Event, error) {
	g.started <- string(in.Data())
	select {
	case <-g.open:
		g.ended <- ctx.Err()
		return &in, nil
	case <-ctx.Done():
		g.ended <- ctx.Err()
		return nil, ctx.Err()
	}
}

// deaf ignores its context.
func (g gate) deaf(_ context.Context, in event.Event) (*event.Event, error) {
	g.started <- string(in.Data())
	<-g.open
	return &in, nil
}
