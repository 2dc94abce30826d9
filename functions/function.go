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
// StatusCode method (see [Error]), else with 500. The text of an [Error], or of
// an HTTP result of the CloudEvents SDK, is sent to the caller; that of any
// other error is logged only.
//
// A Function is called by many goroutines at once, must stop when ctx ends, and
// must not change the data of in or keep it.
type Function = func(ctx context.Context, in event.Event) (*event.Event, error)
