package adapter_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func TestFunctionThatEndsItsGoroutineIsAnsweredFor(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("exit", func(context.Context, event.Event) (*event.Event, error) {
		runtime.Goexit()
		return nil, nil
	})}})
	s.do("POST", "/exit", "x").problem(t, 500)
	s.do("POST", "/exit", "x", "Idempotency-Key", "k").problem(t, 500)
	where := s.do("POST", "/exit", "x", "Prefer", "respond-async").header.Get("Location")
	s.do("GET", where, "", "Prefer", "wait=10").problem(t, 500)
}
