package memory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
)

// Footprint is what one waiting request takes, in bytes, with its connection.
type Footprint struct {
	// Heap is the objects of the heap after a collection.
	Heap float64
	// Stack is the stacks of the goroutines.
	Stack float64
	// RSS is the resident set size.
	RSS float64
}

// Live is heap and stacks together.
func (f Footprint) Live() float64 { return f.Heap + f.Stack }

// Waiting compares requests that wait at once, with and without Homing.
type Waiting struct {
	Requests int
	Plain    Footprint
	Homing   Footprint
}

// Extra is what Homing takes more for a request than the hand-written server.
func (w Waiting) Extra() Footprint {
	return Footprint{
		Heap:  w.Homing.Heap - w.Plain.Heap,
		Stack: w.Homing.Stack - w.Plain.Stack,
		RSS:   w.Homing.RSS - w.Plain.RSS,
	}
}

// arrival is how long the requests may take to reach their function.
const arrival = time.Minute

// Starter starts the process of a server over a work.
type Starter func(ctx context.Context, name peer.Name, work string) (*process.Process, error)

// MeasureWaiting opens so many requests to a server, measures while all of
// them wait, lets them go on, and checks that each is answered with 200.
func MeasureWaiting(ctx context.Context, start Starter, name peer.Name, requests int) (_ Footprint, err error) {
	server, err := start(ctx, name, peer.Wait)
	if err != nil {
		return Footprint{}, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	before, err := server.Ask(process.CmdCollect, "")
	if err != nil {
		return Footprint{}, err
	}
	clients, err := openAll(ctx, server.Address(), requests)
	defer func() { err = errors.Join(err, clients.close()) }()
	if err != nil {
		return Footprint{}, err
	}
	if err := allWait(ctx, server, requests); err != nil {
		return Footprint{}, err
	}
	after, err := server.Ask(process.CmdCollect, "")
	if err != nil {
		return Footprint{}, err
	}
	if _, err := server.Ask(process.CmdRelease, ""); err != nil {
		return Footprint{}, err
	}
	if err := clients.expect(http.StatusOK); err != nil {
		return Footprint{}, err
	}
	return footprint(before, after, requests), nil
}

func footprint(before, after process.Measurement, requests int) Footprint {
	each := func(before, after uint64) float64 { return (float64(after) - float64(before)) / float64(requests) }
	return Footprint{
		Heap:  each(before.Heap, after.Heap),
		Stack: each(before.Stack, after.Stack),
		RSS:   each(before.RSS, after.RSS),
	}
}

// allWait returns when so many requests have reached their function.
func allWait(ctx context.Context, server *process.Process, requests int) error {
	ctx, cancel := context.WithTimeout(ctx, arrival)
	defer cancel()
	const pause = 20 * time.Millisecond
	look := time.NewTicker(pause)
	defer look.Stop()
	for {
		m, err := server.Ask(process.CmdMeasure, "")
		if err != nil {
			return err
		}
		if m.Waiting == requests {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d requests reached their function: %w", m.Waiting, requests, ctx.Err())
		}
	}
}
