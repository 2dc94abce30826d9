package carrier

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func TestAnEventThatIsTooLargeForTheBrokerIsReplaced(t *testing.T) {
	t.Parallel()
	const limit = 2000
	failed := errors.New("failed")
	for name, tt := range map[string]struct {
		size   int
		large  Large
		sent   int // bytes of data; -1 for nothing
		status int
		err    error
	}{
		"small":            {100, nil, 100, 0, nil},
		"replaced":         {3000, func(_ context.Context, ev event.Event) (event.Event, error) { ev.DataEncoded = nil; return ev, nil }, 0, 0, nil},
		"not replaced":     {3000, nil, -1, http.StatusRequestEntityTooLarge, nil},
		"still too large":  {3000, func(_ context.Context, ev event.Event) (event.Event, error) { return ev, nil }, -1, 413, nil},
		"cannot be":        {3000, func(context.Context, event.Event) (event.Event, error) { return event.Event{}, failed }, -1, 0, failed},
		"with its headers": {1900, nil, -1, 413, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: []scripted{{status: http.StatusAccepted}}}
			ev := minimal()
			ev.DataEncoded = make([]byte, tt.size)
			err := Broker{Client: scriptedClient(s), URL: "http://broker", MaxEvent: limit, Large: tt.large}.Publish(t.Context(), ev)
			if (len(s.times) > 0) != (tt.sent >= 0) || (err == nil) != (tt.sent >= 0) || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("%d were sent, %v", len(s.times), err)
			}
			if p, ok := errors.AsType[*functions.Error](err); ok && p.StatusCode() != tt.status {
				t.Errorf("got %v", err)
			}
		})
	}
}
