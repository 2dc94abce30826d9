package deadletter_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/callback/hooktest"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
)

// hanging returns an outbox whose target does not answer, and its URL.
func hanging(t *testing.T, log *slog.Logger) (o deadletter.Outbox, url string) {
	t.Helper()
	ended := make(chan struct{})
	h := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-ended:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(h.Close)
	t.Cleanup(func() { close(ended) })
	allowed, err := callback.ParseAllowed(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	s, err := callback.New(callback.Options{Allowed: allowed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return deadletter.Outbox{Allowed: allowed, Sender: s, Log: log}, h.URL
}

func waitingReply(url string, size int) reply.Reply {
	ev := event.New()
	ev.SetID("1")
	ev.SetSource("/s")
	ev.SetType("t")
	ev.DataEncoded = make([]byte, size)
	now := time.Now()
	return reply.Reply{Request: reply.Request{ID: reply.NewID(now, 1), Chain: "work", Expires: now.Add(time.Hour), Callback: url}, Event: ev}
}

// Replies whose turn has not come, since their target is slow, are in the store and not
// in memory, too.
func TestRepliesThatWaitForTheirTurnAreNotHeld(t *testing.T) {
	const replies, size = 32, 1 << 20
	held := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := held() // with what earlier tests have left
	o, url := hanging(t, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range replies {
		rep := waitingReply(url, size)
		running.Go(func() {
			o.Deliver(ctx, rep, func(context.Context) (event.Event, error) { return event.Event{}, context.Canceled }, nil)
		})
	}
	for begin := time.Now(); held() > before+replies*size/2; time.Sleep(100 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Errorf("%d MB are held, and were %d", held()>>20, before>>20)
			break
		}
	}
	cancel()
	running.Wait()
}

// A target that does not answer does not keep the server from shutting down.
func TestNoReplyWaitsForItsTurnWhenTheServerShutsDown(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	o, url := hanging(t, slog.New(slog.NewTextHandler(&log, nil)))
	stop := make(chan struct{})
	close(stop)
	var running sync.WaitGroup
	begin := time.Now()
	for range 20 {
		rep := waitingReply(url, 1)
		running.Go(func() { o.Deliver(t.Context(), rep, nil, stop) })
	}
	running.Wait()
	if took := time.Since(begin); took > 9*time.Second {
		t.Errorf("it took %s", took)
	}
	if n := strings.Count(log.String(), "a reply was not delivered"); n != 20 || !strings.Contains(log.String(), "shuts down") {
		t.Errorf("%d lines: %s", n, log.String())
	}
}

// fullBox is a box that has no room for the first letters.
type fullBox struct {
	letterbox.Box

	full    int
	letters map[string]string
}

func (b *fullBox) Put(_ context.Context, key string, body []byte) error {
	if b.full--; b.full >= 0 {
		return letterbox.ErrFull
	}
	b.letters[key] = string(body)
	return nil
}

func (b *fullBox) Get(_ context.Context, key string) (letterbox.Letter, error) {
	body, ok := b.letters[key]
	if !ok {
		return letterbox.Letter{}, letterbox.ErrNone
	}
	return letterbox.Letter{Key: key, Body: []byte(body)}, nil
}

// A reply for which there was no room before its delivery is a letter behind it.
func TestAReplyThatCouldNotBeKeptIsALetterWhenItIsRefused(t *testing.T) {
	t.Parallel()
	h := hooktest.New(t, http.StatusNotFound)
	box := &fullBox{full: 1, letters: map[string]string{}}
	var log strings.Builder
	o := deadletter.Outbox{Allowed: h.Options(t).Allowed, Sender: h.Sender(t), Box: box, Log: slog.New(slog.NewTextHandler(&log, nil))}
	rep := waitingReply(h.URL, 1)
	o.Keep(t.Context(), rep)
	o.Deliver(t.Context(), rep, func(context.Context) (event.Event, error) { return rep.Event, nil }, nil)
	l, err := deadletter.Open(box.letters[rep.ID.String()+"-callback"])
	if err != nil || l.RequestID != rep.ID.String() || l.Callback != h.URL || !strings.Contains(l.Detail, "404") {
		t.Errorf("%v: %+v", err, l)
	}
	if !strings.Contains(log.String(), "kept=true") {
		t.Error(log.String())
	}
}
