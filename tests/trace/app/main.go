// Command app is an app whose calls are traced: its chain begins and ends with
// functions of its own, and between them has steps in Python and JavaScript.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/otel"
)

//go:embed chain.yaml
var chains []byte

func main() {
	runtimes.Main(chains, functions.Map{"upper": upper, "refuse": refuse},
		redis.Replies(), otel.Traces())
}

func upper(_ context.Context, in event.Event) (*event.Event, error) {
	in.DataEncoded = bytes.ToUpper(in.DataEncoded)
	return &in, nil
}

func refuse(context.Context, event.Event) (*event.Event, error) {
	return nil, functions.Errorf(http.StatusTeapot, "no")
}
