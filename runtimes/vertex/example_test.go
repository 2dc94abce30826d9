package vertex_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// A step that fails is retried by its policy, and its result goes to the
// next step.
func ExampleVertex_Carry() {
	calls := 0
	price := func(_ context.Context, in event.Event) (*event.Event, error) {
		if calls++; calls == 1 {
			return nil, functions.Errorf(http.StatusServiceUnavailable, "the price list is being loaded")
		}
		in.DataEncoded = []byte("42")
		return &in, nil
	}
	format := func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = fmt.Appendf(nil, "%s EUR", in.DataEncoded)
		return &in, nil
	}
	v, err := vertex.New(functions.Chain{
		Name: "quote", Method: http.MethodPost, Path: "/quote",
		Steps: []functions.Step{
			{Name: "price", Function: price, Policy: functions.Policy{Retry: functions.Retry{Attempts: 3}}},
			{Name: "format", Function: format},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	in := event.New()
	in.SetID("1")
	in.SetSource("/example")
	in.SetType("homing.quote")
	result, err := v.Carry(context.Background(), in, func(p reply.Progress) { fmt.Println(p.Step, p.State, p.Attempt) })
	fmt.Println(string(result.Event.Data()), err)
	// Output:
	// price started 1
	// price retrying 2
	// price finished 2
	// format started 1
	// format finished 1
	// 42 EUR <nil>
}

// Whatever a function does, the caller gets an error with a status and the name
// of the step.
func ExampleVertex_Carry_panic() {
	v, err := vertex.New(functions.Chain{
		Name: "quote", Method: http.MethodPost, Path: "/quote",
		Steps: []functions.Step{{Name: "price", Function: func(context.Context, event.Event) (*event.Event, error) { panic("secret") }}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = v.Carry(context.Background(), event.New(), nil)
	if failed, ok := errors.AsType[*functions.Error](err); ok {
		fmt.Println(failed.StatusCode(), failed.Title, "in step", failed.Step)
	}
	// Output: 500 Function panicked in step price
}
