package memory_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

func requestOf(now time.Time, tenant string) reply.Request {
	r := request(now, 1)
	r.Tenant = tenant
	return r
}

// hogs are the ways in which a tenant fills what he can get. Each returns the first
// refusal.
func hogs() map[string]func(t *testing.T, s *memory.Store, now time.Time, tenant string) error {
	const many = memory.DefaultMaxEntries + 1
	return map[string]func(t *testing.T, s *memory.Store, now time.Time, tenant string) error{
		"replies of 10 MB": func(t *testing.T, s *memory.Store, now time.Time, tenant string) (err error) {
			t.Helper()
			data := make([]byte, 10<<20)
			for range 28 {
				if err = s.Register(t.Context(), requestOf(now, tenant)); err != nil {
					return err
				}
				r := newReply(requestOf(now, tenant), 0)
				r.Event.DataEncoded = data
				if err = s.Complete(t.Context(), r); err != nil {
					return err
				}
			}
			return nil
		},
		"fresh keys": func(t *testing.T, s *memory.Store, now time.Time, tenant string) (err error) {
			t.Helper()
			for i := 0; err == nil && i < many; i++ {
				c := newClaim(now, tenant+strconv.Itoa(i))
				c.Tenant = tenant
				_, err = s.Claim(t.Context(), c)
			}
			return err
		},
		"registrations": func(t *testing.T, s *memory.Store, now time.Time, tenant string) (err error) {
			t.Helper()
			for i := 0; err == nil && i < many; i++ {
				err = s.Register(t.Context(), requestOf(now, tenant))
			}
			return err
		},
	}
}

// 28 replies of 10 MB or 50 000 fresh keys of one tenant filled the store for all,
// for an hour.
func TestOneTenantDoesNotFillTheStoreForOthers(t *testing.T) {
	t.Parallel()
	for _, tenants := range []int{2, 3, 20} {
		for name, hog := range hogs() {
			t.Run(strconv.Itoa(tenants)+", "+name, func(t *testing.T) {
				t.Parallel()
				clock := newClock()
				s := memory.New(memory.Options{Now: clock.Now})
				s.Share(tenants)
				var full *reply.FullError
				if err := hog(t, s, clock.Now(), "hog"); !errors.As(err, &full) || !errors.Is(err, reply.ErrFull) || !full.Share || full.After != time.Hour {
					t.Fatalf("the hog got %v, want a refusal for an hour", err)
				}
				for i := range tenants - 1 { // the last one, too, though all others take what they can
					tenant := "tenant " + strconv.Itoa(i)
					r := newReply(requestOf(clock.Now(), tenant), 1<<20)
					mustRegister(t, s, requestOf(clock.Now(), tenant))
					mustComplete(t, s, r)
					c := newClaim(clock.Now(), tenant)
					c.Tenant = tenant
					mustClaim(t, s, c)
					if err := hog(t, s, clock.Now(), tenant); !errors.Is(err, reply.ErrFull) {
						t.Errorf("%s got %v", tenant, err)
					}
				}
				if got := s.Stats(); got.Bytes > memory.DefaultMaxBytes || got.Entries > memory.DefaultMaxEntries {
					t.Errorf("Stats are %+v", got)
				}
				clock.advance(time.Hour)
				mustRegister(t, s, requestOf(clock.Now(), "hog"))
			})
		}
	}
}

// A single tenant, or nobody in particular, has everything.
func TestTheShareOfOneTenantIsTheStore(t *testing.T) {
	t.Parallel()
	for name, hog := range hogs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			s := memory.New(memory.Options{Now: clock.Now})
			s.Share(1)
			err := hog(t, s, clock.Now(), "")
			var full *reply.FullError
			if !errors.As(err, &full) || full.Share || full.After != time.Hour {
				t.Errorf("got %v", err)
			}
			got, reserved := s.Stats(), int64(memory.DefaultReserve)
			if held := got.Bytes + int64(got.Pending)*reserved; held < memory.DefaultMaxBytes-11<<20 && got.Entries < memory.DefaultMaxEntries {
				t.Errorf("refused at %+v", got)
			}
		})
	}
}

// When room is needed a reply goes that its caller has got, the first one first:
// not before he could ask again, and never one that a key was promised to return.
func TestWhatWasDeliveredMakesRoom(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := memory.New(memory.Options{Now: clock.Now, MaxEntries: 5, Reserve: noReserve})
	keyed := requestOf(clock.Now(), "")
	keyed.Key = "k"
	mustClaim(t, s, reply.Claim{Key: "k", Owner: keyed.ID, Expires: keyed.Expires})
	pending, first, second := request(clock.Now(), 1), request(clock.Now(), 1), request(clock.Now(), 1)
	mustRegister(t, s, pending)
	for _, r := range []reply.Request{keyed, first, second} {
		mustComplete(t, s, newReply(r, 10))
	}
	for _, r := range []reply.Request{keyed, second, first, second, pending} {
		s.Delivered(r.ID)
		clock.advance(time.Second)
	}
	if err := s.Register(t.Context(), request(clock.Now(), 1)); !errors.Is(err, reply.ErrFull) {
		t.Fatalf("a reply that was fetched just now has made room: %v", err)
	}
	clock.advance(time.Minute)
	mustRegister(t, s, request(clock.Now(), 1))
	for name, tt := range map[string]struct {
		id   reply.ID
		want error
	}{
		"delivered first": {second.ID, reply.ErrExpired}, "delivered later": {first.ID, nil}, "keyed": {keyed.ID, nil}, "pending": {pending.ID, nil},
	} {
		if _, err := s.Lookup(t.Context(), tt.id); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
	mustRegister(t, s, request(clock.Now(), 1))
	if err := s.Register(t.Context(), request(clock.Now(), 1)); !errors.Is(err, reply.ErrFull) {
		t.Errorf("what was promised has made room: %v", err)
	}
}

// The error says when the next entry of the tenant expires, not of somebody else.
func TestARefusalSaysWhenRoomIsExpected(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := memory.New(memory.Options{Now: clock.Now, MaxEntries: 8, Reserve: noReserve})
	s.Share(2)
	brief := requestOf(clock.Now(), "other")
	brief.Expires = clock.Now().Add(time.Second)
	mustRegister(t, s, brief)
	for i := range 4 { // a share of 2, and half of the common 4
		r := requestOf(clock.Now(), "hog")
		r.Expires = clock.Now().Add(time.Duration(10-i) * time.Minute)
		mustRegister(t, s, r)
	}
	for _, want := range []time.Duration{7 * time.Minute, 3 * time.Minute} {
		err := s.Register(t.Context(), requestOf(clock.Now(), "hog"))
		var full *reply.FullError
		if !errors.As(err, &full) || full.After != want {
			t.Errorf("got %v, want room after %s", err, want)
		}
		clock.advance(4 * time.Minute)
	}
	for range 2 { // those of 7 and 8 minutes have expired
		mustRegister(t, s, requestOf(clock.Now(), "hog"))
	}
	err := s.Register(t.Context(), requestOf(clock.Now(), "hog"))
	var full *reply.FullError
	if !errors.As(err, &full) || full.After != time.Minute {
		t.Errorf("got %v, want room after a minute", err)
	}
}
