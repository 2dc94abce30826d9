package memory_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

func TestTombstonesForgetTheOldestFirst(t *testing.T) {
	t.Parallel()
	const tombstones = 3
	clock := newClock()
	store := memory.New(memory.Options{Tombstones: tombstones, Now: clock.Now})
	var ids []reply.ID
	for i := range 10 {
		r := request(clock.Now(), 1)
		r.Expires = clock.Now().Add(time.Duration(i+1) * time.Second)
		mustRegister(t, store, r)
		ids = append(ids, r.ID)
	}
	for i := range ids {
		clock.advance(time.Second)
		if got, want := store.Stats().Tombstones, min(i+1, tombstones); got != want {
			t.Fatalf("after %d expired: %d tombstones, want %d", i+1, got, want)
		}
		for j := range i + 1 {
			want := reply.ErrExpired
			if j <= i-tombstones {
				want = reply.ErrUnknown
			}
			if _, err := store.Lookup(t.Context(), ids[j]); !errors.Is(err, want) {
				t.Fatalf("after %d expired, Lookup of number %d answered %v, want %v", i+1, j+1, err, want)
			}
		}
	}
}

func TestWithoutTombstonesWhatWasSweptIsUnknown(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Tombstones: -1, Now: clock.Now})
	r := request(clock.Now(), 1)
	mustRegister(t, store, r)
	clock.advance(2 * time.Hour)
	if _, err := store.Lookup(t.Context(), r.ID); !errors.Is(err, reply.ErrExpired) {
		t.Errorf("before the sweep Lookup answered %v, want %v", err, reply.ErrExpired)
	}
	if got := store.Stats(); got != (memory.Stats{}) {
		t.Errorf("Stats are %+v, want none", got)
	}
	if _, err := store.Lookup(t.Context(), r.ID); !errors.Is(err, reply.ErrUnknown) {
		t.Errorf("after the sweep Lookup answered %v, want %v", err, reply.ErrUnknown)
	}
}

func TestRepliesExpireInAnyOrder(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	start := clock.Now()
	const n = 97
	want := map[reply.ID]time.Time{}
	for i := range n {
		r := newReply(request(start.Add(time.Duration(i)*time.Millisecond), 1), 10)
		r.Expires = start.Add(time.Duration(i*31%n+1) * time.Minute) // 31 and 97 have no common factor: every minute once
		mustComplete(t, store, r)
		want[r.ID] = r.Expires
	}
	for range n {
		got, err := store.Collect(t.Context(), 1, reply.ID{})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || store.Stats().Entries != len(want) {
			t.Fatalf("%d replies collected, %d entries, want %d", len(got), store.Stats().Entries, len(want))
		}
		for i, r := range got {
			if i > 0 && got[i-1].ID.Compare(r.ID) >= 0 {
				t.Fatal("the replies are not in the order of their ids")
			}
		}
		clock.advance(time.Minute)
		for id, expires := range want {
			if !clock.Now().Before(expires) {
				delete(want, id)
			}
		}
	}
	if len(want) != 0 {
		t.Fatalf("%d replies never expired", len(want))
	}
}

func TestAReplyMayMoveTheExpiryOfItsRequest(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	longer, shorter := request(clock.Now(), 1), request(clock.Now(), 1)
	mustRegister(t, store, longer)
	mustRegister(t, store, shorter)
	longer.Expires = longer.Expires.Add(time.Hour)
	shorter.Expires = clock.Now().Add(time.Minute)
	mustComplete(t, store, newReply(longer, 10))
	mustComplete(t, store, newReply(shorter, 10))

	clock.advance(time.Hour + time.Minute)
	if got := store.Stats(); got.Entries != 1 || got.Tombstones != 1 {
		t.Errorf("Stats are %+v, want one entry and one tombstone", got)
	}
	if _, err := store.Lookup(t.Context(), longer.ID); err != nil {
		t.Errorf("Lookup of the longer lived: %v", err)
	}
}

// Writes must sweep at least as fast as they add, else the store would grow
// until somebody asks for Stats.
func TestWritesAloneKeepTheStoreSmall(t *testing.T) {
	t.Parallel()
	clock := newClock()
	const live = 100
	store := memory.New(memory.Options{MaxEntries: 2*live + 2, Reserve: noReserve, Now: clock.Now})
	for i := range 100_000 {
		clock.advance(time.Second)
		r := request(clock.Now(), 1)
		r.Expires, r.Key = clock.Now().Add(live*time.Second), strconv.Itoa(i)
		mustClaim(t, store, reply.Claim{Key: r.Key, Owner: r.ID, Lease: r.Deadline, Expires: r.Expires})
		mustRegister(t, store, r)
		mustComplete(t, store, newReply(r, 10))
	}
	clock.advance(time.Hour)
	want := memory.Stats{Tombstones: 100_000}
	if got := store.Stats(); got != want {
		t.Errorf("after everything expired Stats are %+v, want %+v", got, want)
	}
	if rest, err := store.Collect(t.Context(), 1, reply.ID{}); err != nil || len(rest) != 0 {
		t.Errorf("after everything expired Collect gives %d replies, %v", len(rest), err)
	}
}

func TestRegisterAndClaimPastExpiresAreRefused(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	r, c := request(clock.Now(), 1), newClaim(clock.Now(), "key")
	clock.advance(2 * time.Hour)
	if err := store.Register(t.Context(), r); !errors.Is(err, reply.ErrExpired) {
		t.Errorf("Register answered %v, want %v", err, reply.ErrExpired)
	}
	if err := store.Register(t.Context(), reply.Request{ID: r.ID}); !errors.Is(err, reply.ErrExpired) {
		t.Errorf("Register without Expires answered %v, want %v", err, reply.ErrExpired)
	}
	if _, err := store.Claim(t.Context(), c); !errors.Is(err, reply.ErrExpired) {
		t.Errorf("Claim answered %v, want %v", err, reply.ErrExpired)
	}
	if got := store.Stats(); got != (memory.Stats{}) {
		t.Errorf("Stats are %+v, want none", got)
	}
}
