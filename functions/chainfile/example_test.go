package chainfile_test

import (
	"context"
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

func ExampleParse() {
	price := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
	file := `
chains:
  - name: quote
    route: POST /quote
    timeout: 10
    steps:
      - function: quote.price
        retry: {attempts: 3, dealy: 50ms}
`
	_, err := chainfile.Parse("chain.yaml", []byte(file), map[string]functions.Function{"quote.price": price})
	fmt.Println(err)
	// Output:
	// chain.yaml:5:14: chains[0].timeout: the duration "10" has no unit; did you mean "10s"?
	// chain.yaml:8:30: chains[0].steps[0].retry: unknown field "dealy"; did you mean "delay"?
}
