// Command app prints something of its own before it is an app.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

const chains = `chains:
  - {name: greet, route: POST /greet, steps: [greet]}
`

func main() {
	fmt.Println("welcome")
	runtimes.Main([]byte(chains), functions.Map{"greet": greet})
}

func greet(_ context.Context, in event.Event) (*event.Event, error) {
	in.DataEncoded = []byte(os.Getenv("GREETING") + ", " + string(in.DataEncoded))
	return &in, nil
}
