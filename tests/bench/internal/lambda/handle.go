package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/handling"
)

// Handled is what both handlers of a work cost in a round, without the Runtime
// API around them.
type Handled struct {
	Bare, Homing handling.Cost
}

// Handling is all rounds of a work.
type Handling struct {
	Work   string
	Rounds []Handled
}

// Spread sums one figure up.
func (h Handling) Spread(figure func(Handled) float64) figures.Spread {
	values := make([]float64, 0, len(h.Rounds))
	for _, r := range h.Rounds {
		values = append(values, figure(r))
	}
	return figures.Of(values)
}

// Difference sums up by how much a figure of Homing exceeds that of its peer in
// the same round.
func (h Handling) Difference(figure func(handling.Cost) float64) figures.Spread {
	return h.Spread(func(r Handled) float64 { return figure(r.Homing) - figure(r.Bare) })
}

// MeasureHandling measures a round of both handlers of a work, a second for
// each in a process of its own, and compares their answers.
func MeasureHandling(ctx context.Context, p Programs, work string) (Handled, error) {
	event, err := Event(http.MethodPost, peer.Path, peer.Order)
	if err != nil {
		return Handled{}, err
	}
	var out Handled
	var bodies [2][]byte
	for i, side := range []struct {
		program string
		cost    *handling.Cost
	}{{bareHandler, &out.Bare}, {homingHandler, &out.Homing}} {
		if *side.cost, err = p.handle(ctx, side.program, work, event); err != nil {
			return Handled{}, err
		}
		if bodies[i], err = Read(side.cost.Answer); err != nil {
			return Handled{}, fmt.Errorf("%s: %w", side.program, err)
		}
	}
	if !bytes.Equal(bodies[0], bodies[1]) {
		return Handled{}, fmt.Errorf("%s: Homing answers %q, and aws-lambda-go alone %q", work, bodies[1], bodies[0])
	}
	return out, nil
}

// handle runs a program that measures a handler.
func (p Programs) handle(ctx context.Context, program, work string, event []byte) (handling.Cost, error) {
	cmd := exec.CommandContext(ctx, p.path(program), work) //nolint:gosec // a program that was built here
	cmd.Stdin = bytes.NewReader(event)
	text, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	var c handling.Cost
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return handling.Cost{}, fmt.Errorf("run %s %s: %w", program, work, err)
	}
	return c, nil
}
