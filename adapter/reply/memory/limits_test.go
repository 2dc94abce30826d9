package memory_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

const noReserve = -1

// attempts are the three ways to ask a store for room.
func attempts(now time.Time) map[string]func(t *testing.T, s *memory.Store) error {
	return map[string]func(t *testing.T, s *memory.Store) error{
		"Register": func(t *testing.T, s *memory.Store) error {
			t.Helper()
			return s.Register(t.Context(), request(now, 1))
		},
		"Complete": func(t *testing.T, s *memory.Store) error {
			t.Helper()
			return s.Complete(t.Context(), newReply(request(now, 1), 100))
		},
		"Claim": func(t *testing.T, s *memory.Store) error {
			t.Helper()
			_, err := s.Claim(t.Context(), newClaim(now, "one more"))
			return err
		},
	}
}

func newClaim(now time.Time, key string) reply.Claim {
	return reply.Claim{
		Key:     key,
		Owner:   reply.NewID(now, 1),
		Lease:   now.Add(time.Minute),
		Expires: now.Add(time.Hour),
	}
}

func TestAFullStoreRefusesNewWorkUntilSomethingExpires(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		opts memory.Options
		room int // bytes of data of the entry that will make room
	}{
		{"by entries", memory.Options{MaxEntries: 12, Reserve: noReserve}, 10},
		{"by bytes", memory.Options{MaxBytes: 10_000, MaxReply: 3000, Reserve: noReserve}, 2000},
		{"by the reserve", memory.Options{MaxBytes: 100_000, MaxReply: 30_000, Reserve: 20_000}, 25_000},
	}
	for _, tt := range tests {
		for name, attempt := range attempts(newClock().Now()) {
			t.Run(tt.name+" for "+name, func(t *testing.T) {
				t.Parallel()
				clock := newClock()
				opts := tt.opts
				opts.Now = clock.Now
				store := memory.New(opts)
				held := fill(t, store, clock.Now(), tt.room)

				if err := attempt(t, store); !errors.Is(err, reply.ErrFull) {
					t.Fatalf("%s of a full store answered %v, want %v", name, err, reply.ErrFull)
				}
				for _, id := range held {
					if _, err := store.Lookup(t.Context(), id); err != nil {
						t.Errorf("Lookup of what the full store holds: %v", err)
					}
				}
				clock.advance(time.Hour - time.Second) // only the first entry has expired
				if err := attempt(t, store); err != nil {
					t.Errorf("%s after one entry expired: %v", name, err)
				}
			})
		}
	}
}

// fill puts entries in until none of any kind fits. The first one, with so
// many bytes of data, expires first.
func fill(t *testing.T, s *memory.Store, now time.Time, room int) []reply.ID {
	t.Helper()
	brief := newReply(request(now, 1), room)
	brief.Expires = now.Add(time.Minute)
	mustComplete(t, s, brief)
	held := []reply.ID{brief.ID}
	for {
		r := request(now, 1)
		if s.Register(t.Context(), r) != nil {
			break
		}
		held = append(held, r.ID)
	}
	for i := 0; ; i++ {
		if _, err := s.Claim(t.Context(), newClaim(now, "key "+strconv.Itoa(i))); err != nil {
			return held
		}
	}
}

func TestWhatWasPromisedIsTakenByAFullStore(t *testing.T) {
	t.Parallel()
	clock := newClock()
	const reserve = 2000
	store := memory.New(memory.Options{MaxBytes: 50_000, MaxReply: 15 * reserve, Reserve: reserve, Now: clock.Now})
	held := fill(t, store, clock.Now(), 10)[1:]

	for i, id := range held {
		r := request(clock.Now(), 1)
		r.ID = id
		mustComplete(t, store, newReply(r, 10*reserve)) // far more than was set aside
		got, err := store.Lookup(t.Context(), held[0])
		if err != nil || got.State != reply.Completed {
			t.Fatalf("after %d replies the first one is lost: %v", i+1, err)
		}
	}
	if got := store.Stats(); got.Pending != 0 || got.Bytes < int64(len(held)*10*reserve) {
		t.Errorf("Stats after all replies: %+v", got)
	}
	if err := store.Register(t.Context(), request(clock.Now(), 1)); !errors.Is(err, reply.ErrFull) {
		t.Errorf("Register of the overshot store answered %v, want %v", err, reply.ErrFull)
	}
}

// A reply of 300 MB, in a store of 256 MiB, filled it for an hour.
func TestOneReplyNeverFillsTheStore(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	registered := request(clock.Now(), 1)
	mustRegister(t, store, registered)
	for _, r := range []reply.Request{registered, request(clock.Now(), 1)} {
		huge := newReply(r, 300_000_000)
		if err := store.Complete(t.Context(), huge); !errors.Is(err, reply.ErrTooLarge) || !strings.Contains(err.Error(), "67108864") {
			t.Errorf("Complete answered %v, want %v with the limit", err, reply.ErrTooLarge)
		}
		mustRegister(t, store, request(clock.Now(), 1))
		mustClaim(t, store, newClaim(clock.Now(), r.ID.String()))
		mustComplete(t, store, newReply(r, 64<<20-1000))
	}
	mustRegister(t, store, request(clock.Now(), 1))
}

func TestTheReserveIsGivenBack(t *testing.T) {
	t.Parallel()
	ends := map[string]func(t *testing.T, s *memory.Store, c *clock, r reply.Request){
		"by a reply": func(t *testing.T, s *memory.Store, _ *clock, r reply.Request) {
			t.Helper()
			mustComplete(t, s, newReply(r, 100))
		},
		"by a cancellation": func(t *testing.T, s *memory.Store, _ *clock, r reply.Request) {
			t.Helper()
			if err := s.Cancel(t.Context(), r.ID); err != nil {
				t.Fatal(err)
			}
		},
		"by expiry": func(t *testing.T, _ *memory.Store, c *clock, _ reply.Request) {
			t.Helper()
			c.advance(2 * time.Hour)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			store := memory.New(memory.Options{MaxBytes: 15_000, Reserve: 10_000, Now: clock.Now})
			first := request(clock.Now(), 1)
			mustRegister(t, store, first)
			if err := store.Register(t.Context(), request(clock.Now(), 1)); !errors.Is(err, reply.ErrFull) {
				t.Fatalf("a second Register answered %v, want %v", err, reply.ErrFull)
			}
			end(t, store, clock, first)
			mustRegister(t, store, request(clock.Now(), 1))
		})
	}
}

func TestATakeoverNeedsNoRoom(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{MaxEntries: 1, Now: clock.Now})
	mustClaim(t, store, newClaim(clock.Now(), "key"))
	clock.advance(2 * time.Minute)
	next := newClaim(clock.Now(), "key")
	if holder, err := store.Claim(t.Context(), next); err != nil || holder != next.Owner {
		t.Errorf("Claim after the lease answered %s, %v; want the next owner %s", holder, err, next.Owner)
	}
}

func TestARegisterThatIsRefusedLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{MaxEntries: 1, Now: clock.Now})
	mustRegister(t, store, request(clock.Now(), 1))
	before := store.Stats()
	refused := request(clock.Now(), 1)
	if err := store.Register(t.Context(), refused); !errors.Is(err, reply.ErrFull) {
		t.Fatalf("Register answered %v, want %v", err, reply.ErrFull)
	}
	if _, err := store.Lookup(t.Context(), refused.ID); !errors.Is(err, reply.ErrUnknown) {
		t.Errorf("Lookup answered %v, want %v", err, reply.ErrUnknown)
	}
	if after := store.Stats(); after != before {
		t.Errorf("Stats changed from %+v to %+v", before, after)
	}
}
