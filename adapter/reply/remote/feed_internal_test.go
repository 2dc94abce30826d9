package remote

import (
	"errors"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

func TestAFeedRemembersTheLatestArrivals(t *testing.T) {
	t.Parallel()
	f := &feed{changed: make(chan struct{})}
	const all = 2*feedIDs + 1 // one more than it holds
	var last reply.ID
	for range all {
		last = reply.NewID(time.Now(), 1)
		f.add(last)
	}
	if f.end() != all {
		t.Fatalf("the end is %d, want %d", f.end(), all)
	}
	for _, at := range []uint64{0, feedIDs - 1, all + 1} {
		if _, _, err := f.from(at, 1); !errors.Is(err, errFeedLost) {
			t.Errorf("from %d: got %v", at, err)
		}
	}
	ids, _, err := f.from(feedIDs, all)
	if err != nil || len(ids) != feedIDs+1 || ids[feedIDs] != last {
		t.Errorf("got %d ids, %v", len(ids), err)
	}
	if ids, _, err := f.from(all, 1); err != nil || len(ids) != 0 {
		t.Errorf("at the end: got %d ids, %v", len(ids), err)
	}
}

// A place that is lost cannot be waited at, either.
func TestAPollNeedsAKnownPlace(t *testing.T) {
	t.Parallel()
	fs := newFeeds(memory.New(memory.Options{}))
	t.Cleanup(fs.close)
	f, end, err := fs.open(1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fs.beginPoll(1, f.cursor(end+1)); !errors.Is(err, errFeedLost) || f.polls != 0 {
		t.Errorf("got %v with %d polls", err, f.polls)
	}
}

func TestOnlyFeedsThatAreNotPolledAreForgotten(t *testing.T) {
	t.Parallel()
	start := time.Now()
	fs := newFeeds(memory.New(memory.Options{}))
	t.Cleanup(fs.close)
	idle, _, _ := fs.open(1, start)
	polled, _, _ := fs.open(2, start)
	if _, _, err := fs.beginPoll(2, polled.cursor(0)); err != nil {
		t.Fatal(err)
	}
	if same, _, _ := fs.open(1, start.Add(feedIdle)); same != idle {
		t.Error("a feed that was opened again in time is forgotten")
	}
	if _, _, err := fs.open(3, start.Add(2*feedIdle+time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := fs.beginPoll(1, idle.cursor(0)); !errors.Is(err, errFeedLost) {
		t.Errorf("the idle feed: got %v", err)
	}
	if _, _, err := fs.beginPoll(2, polled.cursor(0)); err != nil {
		t.Errorf("the polled feed: got %v", err)
	}
}

func TestMailboxesThatAreFollowedAreBounded(t *testing.T) {
	t.Parallel()
	fs := newFeeds(memory.New(memory.Options{}))
	t.Cleanup(fs.close)
	for box := range reply.Mailbox(maxFeeds) {
		if _, _, err := fs.open(box, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := fs.open(maxFeeds, time.Now()); !errors.Is(err, errFeeds) {
		t.Errorf("got %v", err)
	}
}

func TestAListenerRemembersTheLatestIDs(t *testing.T) {
	t.Parallel()
	arrived := 0
	l := newListener(func(reply.Reply) { arrived++ })
	first := reply.NewID(time.Now(), 1)
	l.remember(first, nil)
	for range 2 {
		l.notify(t.Context(), reply.Reply{Request: reply.Request{ID: first}})
	}
	if arrived != 0 {
		t.Fatal("an id that was there before has arrived")
	}
	for range maxSeen {
		l.notify(t.Context(), reply.Reply{Request: reply.Request{ID: reply.NewID(time.Now(), 1)}})
	}
	if arrived != maxSeen || len(l.seen) != maxSeen || l.knows(first) {
		t.Errorf("%d arrived, %d are remembered, the oldest: %t", arrived, len(l.seen), l.knows(first))
	}
}
