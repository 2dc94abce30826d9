package {{homing.package}}

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// {{homing.ident}} is the function {{homing.function}} of chain.yaml. It gets the whole event, as a call
// with its method has no body to read.
func {{homing.ident}}(_ context.Context, in event.Event) (*event.Event, error) {
	out := event.New()
	if err := out.SetData(event.ApplicationJSON, functions.Query(in)); err != nil {
		return nil, err
	}
	return &out, nil
}
