package chains_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/chains"
)

// find gives a chain by its name.
func find(t *testing.T, name string) functions.Chain {
	t.Helper()
	all, err := chains.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
		if c.Name == name && c.Path == chains.Path(name) {
			return c
		}
	}
	t.Fatalf("there is no chain %s", name)
	return functions.Chain{}
}

// run runs the steps, and says how long they took.
func run(ctx context.Context, c functions.Chain) (string, time.Duration, error) {
	start := time.Now()
	ev := &event.Event{Context: &event.EventContextV1{}, DataEncoded: []byte("order")}
	for _, s := range c.Steps {
		var err error
		if ev, err = s.Function(ctx, *ev); err != nil {
			return "", time.Since(start), err
		}
	}
	return string(ev.DataEncoded), time.Since(start), nil
}

func TestIdentityAnswersItsInput(t *testing.T) {
	t.Parallel()
	c := find(t, chains.Identity)
	if got, _, err := run(t.Context(), c); got != "order" || err != nil || len(c.Steps) != 3 {
		t.Errorf("got %q, %v of %d steps", got, err, len(c.Steps))
	}
}

func TestPauseTakesTheTimeThatItSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := find(t, chains.Pause)
		const times = 2000
		var sum time.Duration
		for range times {
			got, took, err := run(t.Context(), c)
			if got != "order" || err != nil || took < chains.LeastPause {
				t.Fatalf("got %q, %v after %s", got, err, took)
			}
			sum += took
		}
		want := chains.LeastPause + chains.MeanPause
		if mean := sum / times; mean < want*3/4 || mean > want*5/4 {
			t.Errorf("it takes %s on average, not %s", mean, want)
		}
	})
}

func TestPauseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, _, err := run(ctx, find(t, chains.Pause)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v", got, err)
	}
}
