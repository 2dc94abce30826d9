package replytest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
)

// NewBodies creates what is under test, or a client of it. It is called once per
// check. c.Now may be ignored by what leaves expiry to a rule of its server.
type NewBodies func(t *testing.T, c Config) reply.Bodies

// RunBodies checks what keeps bodies. expires means that it never returns one whose
// time is over. The checks are subtests of t that run in parallel.
func RunBodies(t *testing.T, expires bool, newBodies NewBodies) {
	t.Helper()
	checks := map[string]func(*bodiesTrial){
		"ABodyIsReturnedAsItWasPut":         bodyIsReturned,
		"WhatIsNotThereIsNoBody":            bodyIsMissing,
		"ABodyMayBePutAgain":                bodyIsPutAgain,
		"OneBodyIsDeletedAndOthersStay":     bodyIsDeleted,
		"APlaceEndsWhereTheNameBegins":      bodiesHaveAPlace,
		"WhoReadsABodyMayChangeHisCopy":     bodyIsCopied,
		"NothingIsReturnedBehindItsExpires": nil,
	}
	if expires {
		checks["NothingIsReturnedBehindItsExpires"] = bodyExpires
	}
	for name, run := range checks {
		if run == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			run(&bodiesTrial{T: t, bodies: newBodies(t, Config{Now: clock.Now}), clock: clock, id: reply.NewID(clock.Now(), reply.NewMailbox())})
		})
	}
}

type bodiesTrial struct {
	*testing.T

	bodies reply.Bodies
	clock  *clock
	id     reply.ID
}

func (s *bodiesTrial) name(data []byte) reply.Body {
	return reply.Body{Request: s.id, Hash: sha256.Sum256(data), Size: int64(len(data))}
}

func (s *bodiesTrial) put(data []byte) reply.Body {
	s.Helper()
	b := s.name(data)
	if err := s.bodies.PutBody(s.Context(), b, data, s.clock.Now().Add(lifetime)); err != nil {
		s.Fatalf("PutBody of %d bytes: %v", len(data), err)
	}
	return b
}

func (s *bodiesTrial) wantBody(b reply.Body, want []byte) {
	s.Helper()
	got, err := s.bodies.GetBody(s.Context(), b)
	if err != nil || !bytes.Equal(got, want) {
		s.Errorf("GetBody of %d bytes returns %d, which differ, and %v", len(want), len(got), err)
	}
}

func (s *bodiesTrial) wantNone(b reply.Body) {
	s.Helper()
	if got, err := s.bodies.GetBody(s.Context(), b); !errors.Is(err, reply.ErrNoBody) {
		s.Errorf("GetBody returns %d bytes and %v; want %v", len(got), err, reply.ErrNoBody)
	}
}

// noise cannot be compressed.
func noise(size int) []byte {
	out := make([]byte, size)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(out) // never fails
	return out
}

// largeBody is larger than a photo, and than the items and pages of most stores.
const largeBody = 8<<20 + 1

func bodyIsReturned(s *bodiesTrial) {
	for _, data := range [][]byte{
		{0}, []byte("text"), bytes.Repeat([]byte{0, 255}, 1000), noise(350 << 10), noise(largeBody), []byte(strings.Repeat("homing ", 1<<19)),
	} {
		s.wantBody(s.put(data), data)
	}
}

func bodyIsMissing(s *bodiesTrial) {
	s.wantNone(s.name([]byte("never put")))
	other := s.put([]byte("of one request"))
	other.Request = reply.NewID(s.clock.Now(), reply.NewMailbox())
	s.wantNone(other)
}

func bodyIsPutAgain(s *bodiesTrial) {
	data := noise(1 << 20)
	first := s.put(data)
	s.put(data)
	s.wantBody(first, data)
}

func bodyIsDeleted(s *bodiesTrial) {
	one, other := noise(1<<20), noise(1<<20+1)
	a, b := s.put(one), s.put(other)
	for range 2 {
		if err := s.bodies.DeleteBody(s.Context(), a); err != nil {
			s.Errorf("DeleteBody: %v", err)
		}
		s.wantNone(a)
	}
	s.wantBody(b, other)
	s.wantBody(s.put(one), one)
}

func bodiesHaveAPlace(s *bodiesTrial) {
	if p := s.bodies.Place(); !strings.Contains(p, ":") || !strings.HasSuffix(p, "/") && !strings.HasSuffix(p, ":") {
		s.Errorf("the place is %q", p)
	}
}

func bodyIsCopied(s *bodiesTrial) {
	data := []byte("a body")
	b := s.put(data)
	got, err := s.bodies.GetBody(s.Context(), b)
	if err != nil {
		s.Fatal(err)
	}
	clear(got)
	s.wantBody(b, data)
}

func bodyExpires(s *bodiesTrial) {
	data := noise(1 << 20)
	b := s.put(data)
	s.clock.advance(lifetime - margin)
	s.wantBody(b, data)
	s.clock.advance(2 * margin)
	s.wantNone(b)
}
