package peer

import (
	"context"
	_ "embed" // the order
	"fmt"
	"sync/atomic"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/samples/quote"
)

// Order is the body of every request: an order for the sample chain quote, a
// JSON document of 1 KB.
//
//go:embed order.json
var Order []byte

// The works: what the steps do.
const (
	// Identity is three functions that answer their input: all that is left
	// is what the server costs.
	Identity = "identity"
	// Quote is the three functions of the sample chain quote.
	Quote = "quote"
	// Wait is one function that waits until it is told to go on.
	Wait = "wait"
)

// Work is the steps that a server runs.
type Work struct {
	// Steps run in order.
	Steps []functions.Function
	// Gate holds the function of [Wait]; nil for the others.
	Gate *Gate
}

// NewWork makes the work of a name.
func NewWork(name string) (Work, error) {
	switch name {
	case Identity:
		return Work{Steps: []functions.Function{identity, identity, identity}}, nil
	case Quote:
		q, err := quote.New()
		if err != nil {
			return Work{}, fmt.Errorf("prepare the functions of quote: %w", err)
		}
		return Work{Steps: []functions.Function{q.Validate, q.Enrich, q.Price}}, nil
	case Wait:
		g := &Gate{open: make(chan struct{})}
		return Work{Steps: []functions.Function{g.wait}, Gate: g}, nil
	default:
		return Work{}, fmt.Errorf("there is no work %q", name)
	}
}

func identity(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

// Gate makes requests wait. It is safe for concurrent use, but for Open.
type Gate struct {
	waiting atomic.Int64
	open    chan struct{}
}

// Waiting is the number of requests that wait now. A nil Gate has none.
func (g *Gate) Waiting() int {
	if g == nil {
		return 0
	}
	return int(g.waiting.Load())
}

// Open lets all requests go on, for good. It is called once.
func (g *Gate) Open() { close(g.open) }

func (g *Gate) wait(ctx context.Context, in event.Event) (*event.Event, error) {
	g.waiting.Add(1)
	defer g.waiting.Add(-1)
	select {
	case <-g.open:
		return &in, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
