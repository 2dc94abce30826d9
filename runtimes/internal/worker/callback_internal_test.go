package worker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/callback/hooktest"
)

// sharing is a worker that shares the store with the adapter.
type sharing struct {
	Worker

	store reply.Store
	runs  atomic.Int32
}

func newSharing(t *testing.T, h *hooktest.Hook, f functions.Function) *sharing {
	t.Helper()
	s := &sharing{store: memory.New(memory.Options{})}
	chain := functions.Chain{Name: "c", Method: http.MethodPost, Path: "/c", Steps: []functions.Step{{Name: "s", Function: func(ctx context.Context, in event.Event) (*event.Event, error) {
		s.runs.Add(1)
		return f(ctx, in)
	}}}}.WithDefaults()
	segments, err := NewSegments([]functions.Chain{chain}, nil, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	in := InStore{Store: s.store, Retention: time.Hour}
	if h != nil {
		in.Callbacks = h.Sender(t)
	}
	s.Worker = Worker{Segments: segments, Completer: in, Log: slog.New(slog.DiscardHandler)}
	return s
}

// asked returns the event of a request whose reply goes to url.
func asked(url string) event.Event {
	ev := event.New()
	ev.SetID(reply.NewID(time.Now(), 1).String())
	ev.SetSource("/s")
	ev.SetType("t")
	ev.SetExtension(functions.AttrRoutingSlip, "c.s,")
	ev.SetExtension(functions.AttrExpiryTime, time.Now().Add(time.Minute).UTC().Format(time.RFC3339Nano))
	ev.SetExtension(functions.AttrCallback, url)
	ev.DataEncoded = []byte("data")
	return ev
}

// handle handles an event as it comes from a platform, which has some patience.
func (s *sharing) handle(t *testing.T, ev event.Event, patience time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return s.Handle(ctx, ev.Clone(), new(sync.WaitGroup))
}

func same(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

const patient = 30 * time.Second

func TestVertexDeliversTheReplyThatItHasWritten(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		f    functions.Function
		want string
	}{
		"result": {same, "data"},
		"error": {func(context.Context, event.Event) (*event.Event, error) {
			return nil, functions.Errorf(http.StatusConflict, "sold out")
		}, "sold out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hooktest.New(t)
			s := newSharing(t, h, tt.f)
			ev := asked(h.URL)
			if err := s.handle(t, ev, patient); err != nil {
				t.Fatal(err)
			}
			if got := h.Await(t); !strings.Contains(string(got.Data()), tt.want) || carrier.RequestID(got) != ev.ID() {
				t.Errorf("got %s", got)
			}
		})
	}
}

// The platform brings an event again whose reply could not be delivered. Its functions
// must not run again.
func TestReplyThatWasNotDeliveredIsWhenItsEventComesAgain(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t, http.StatusGone)
	s := newSharing(t, h, same)
	ev := asked(h.URL)
	if err := s.handle(t, ev, patient); !errors.Is(err, callback.ErrRefused) || Permanent(err) {
		t.Fatalf("got %v", err)
	}
	again := newSharing(t, h, same) // another process
	again.store = s.store
	again.Completer = InStore{Store: s.store, Retention: time.Hour, Callbacks: h.Sender(t)}
	if err := again.handle(t, ev, patient); err != nil {
		t.Fatal(err)
	}
	if got := h.Await(t); string(got.Data()) != "data" || h.Tried() != 2 {
		t.Errorf("got %s, %d deliveries", got, h.Tried())
	}
	if s.runs.Load() != 1 || again.runs.Load() != 0 {
		t.Errorf("the function ran %d and %d times", s.runs.Load(), again.runs.Load())
	}
}

func TestReplyThatIsNotWantedIsNotDelivered(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t)
	s := newSharing(t, h, same)
	ev := asked(h.URL)
	id, err := reply.ParseID(ev.ID())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := s.store.Register(t.Context(), reply.Request{ID: id, Deadline: now.Add(time.Minute), Expires: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := s.handle(t, ev, patient); err != nil || h.Tried() != 0 {
		t.Errorf("got %v, %d deliveries", err, h.Tried())
	}
}

func TestVertexThatMayNotDeliverSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newSharing(t, nil, same)
	if err := s.handle(t, asked("http://127.0.0.1:1/"), patient); err == nil || !strings.Contains(err.Error(), "HOMING_CALLBACKS") {
		t.Errorf("got %v", err)
	}
}

// The time of the platform ends before the target takes the reply: the event is not
// dealt with.
func TestVertexGivesTheEventBackWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t, 503, 503, 503, 503, 503, 503)
	s := newSharing(t, h, same)
	if err := s.handle(t, asked(h.URL), 1500*time.Millisecond); err == nil || Permanent(err) {
		t.Errorf("got %v", err)
	}
}

func TestVertexThatAnswersDeliversNothing(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t)
	s := newSharing(t, h, same)
	var c Completion
	err := s.Respond(t.Context(), asked(h.URL), new(sync.WaitGroup), completer(func(got Completion) { c = got }))
	if err != nil || c.Result == nil || h.Tried() != 0 {
		t.Errorf("got %v, %+v, %d deliveries", err, c, h.Tried())
	}
}

type completer func(Completion)

func (c completer) Complete(_ context.Context, got Completion) error {
	c(got)
	return nil
}
