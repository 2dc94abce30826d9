// Package chains has chains that do next to nothing. It knows nothing but
// functions, so that a program with it starts as one of a user does.
package chains

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// Names of the chains.
const (
	// Identity answers its input by three steps.
	Identity = "identity"
	// Pause answers its input after [LeastPause] and an exponential time of
	// the mean [MeanPause] more.
	Pause = "pause"
)

// Of the chain [Pause]: as long as a call to another service or two.
const (
	LeastPause = 50 * time.Millisecond
	MeanPause  = 150 * time.Millisecond
)

// Path is the route of a chain; it takes POST.
func Path(name string) string { return "/" + name }

// All are the chains.
func All() ([]functions.Chain, error) {
	return []functions.Chain{
		{
			Name: Identity, Method: http.MethodPost, Path: Path(Identity),
			Steps: []functions.Step{
				{Name: "step-1", Function: same}, {Name: "step-2", Function: same}, {Name: "step-3", Function: same},
			},
		},
		{
			Name: Pause, Method: http.MethodPost, Path: Path(Pause),
			Steps: []functions.Step{{Name: "step-1", Function: late}},
		},
	}, nil
}

func same(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

func late(ctx context.Context, in event.Event) (*event.Event, error) {
	pause := LeastPause + time.Duration(rand.ExpFloat64()*float64(MeanPause)) //nolint:gosec // no secret
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return &in, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
