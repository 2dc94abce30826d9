// Command plain is an app without AWS, for the test of what an app links.
package main

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

const chains = "chains: [{name: echo, route: POST /echo, steps: [echo]}]"

func main() {
	runtimes.Main([]byte(chains), functions.Map{
		"echo": func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil },
	})
}
