package functions

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Function handles one event. It has the signature of a Knative Go function.
//
// The returned event goes on to the next step, or is the reply after the last
// one. What the function leaves empty in it (id, source, type, time, content
// type) is filled in by the vertex. A nil event without an error drops the
// request: the caller gets 204 and no later step runs.
//
// A returned error ends the request with the status of the error's
// StatusCode method (see [Error]), else with 500. A Function is called by many
// goroutines at once, and must stop when ctx ends.
type Function func(ctx context.Context, in event.Event) (*event.Event, error)
