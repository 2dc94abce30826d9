package vertex_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func TestAStatusThatIsLostInTheMiddleOfAChainIsLoggedOnce(t *testing.T) {
	t.Parallel()
	sets := plain("sets", func(_ context.Context, in event.Event) (*event.Event, error) {
		functions.SetStatus(&in, 201)
		return &in, nil
	})
	fresh := returns(func() *event.Event { return &event.Event{} })
	for name, tt := range map[string]struct {
		steps []functions.Step
		lost  int // lines
	}{
		"a new event":    {[]functions.Step{sets, plain("fresh", fresh)}, 1},
		"the same event": {[]functions.Step{sets, plain("keeps", identity)}, 0},
		"set at the end": {[]functions.Step{plain("fresh", fresh), sets}, 0},
		"its own status": {[]functions.Step{sets, plain("fresh", func(context.Context, event.Event) (*event.Event, error) {
			var ev event.Event
			functions.SetStatus(&ev, 202)
			return &ev, nil
		})}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log lines
			v, err := vertex.New(chain(tt.steps...), vertex.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := v.Carry(t.Context(), request(), nil); err != nil {
					t.Fatal(err)
				}
			}
			got := log.text.String()
			if n := strings.Count(got, "httpstatus is lost"); n != tt.lost {
				t.Errorf("%d lines: %s", n, got)
			}
			if tt.lost > 0 && !strings.Contains(got, "level=WARN") || tt.lost > 0 && !strings.Contains(got, "chain=orders step=fresh status=201") {
				t.Errorf("got %s", got)
			}
		})
	}
}
