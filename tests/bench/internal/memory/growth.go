package memory

import (
	"context"
	"errors"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// Held is what a server holds when it has answered so many requests and all
// garbage is collected, in bytes.
type Held struct {
	Requests  int
	Heap, RSS uint64
}

// Growth is what a server holds after its first requests and after many.
type Growth struct {
	First, Last Held
}

// What is no growth: objects that the runtime itself keeps come and go, and the
// RSS depends on which pages were touched.
const (
	heapTolerance = 128 << 10
	rssTolerance  = 2 << 20
)

// None says whether neither heap nor RSS has grown by more than chance.
func (g Growth) None() bool {
	return g.Last.Heap <= g.First.Heap+heapTolerance && g.Last.RSS <= g.First.RSS+rssTolerance
}

// Connections of the load of [MeasureGrowth].
const growthConnections = 64

// MeasureGrowth loads Homing with identity steps and measures it when it has
// answered first and last requests, or a little more: the load runs in bursts
// of whole seconds, and between them all connections are closed.
func MeasureGrowth(ctx context.Context, start Starter, w wrk.Wrk, first, last int) (_ Growth, err error) {
	server, err := start(ctx, peer.Homing, peer.Identity)
	if err != nil {
		return Growth{}, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	l := loaded{server: server, wrk: w}
	early, err := l.until(ctx, first, time.Second)
	if err != nil {
		return Growth{}, err
	}
	const burst = 5 * time.Second
	late, err := l.until(ctx, last, burst)
	return Growth{First: early, Last: late}, err
}

// loaded is a server that has answered a number of requests.
type loaded struct {
	server   *process.Process
	wrk      wrk.Wrk
	requests int
}

func (l *loaded) until(ctx context.Context, requests int, burst time.Duration) (Held, error) {
	for l.requests < requests {
		result, err := l.wrk.Run(ctx, l.server.URL(peer.Path), growthConnections, burst)
		if err != nil {
			return Held{}, err
		}
		l.requests += result.Requests
	}
	m, err := l.server.Ask(process.CmdCollect, "")
	return Held{Requests: l.requests, Heap: m.Heap, RSS: m.RSS}, err
}
