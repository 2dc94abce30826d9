package replytest

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

func countChecks() []check {
	return []check{
		{"ADebtIsOfAllReplicasAndGoesDown", ifCounts(debtIsShared)},
		{"ADebtMayBeGreaterThanAnyBurst", ifCounts(debtHasNoBound)},
		{"WhatWasSpentInVainIsTakenBack", ifCounts(debtIsTakenBack)},
		{"RacingReplicasAreAllCounted", ifCounts(racingUsesCount)},
		{"TheNumbersOfOthersAreSummedUp", ifCounts(numbersAreSummed)},
		{"AReplicaThatIsSilentIsForgotten", ifCounts(numbersExpire)},
		{"KeysAreApart", ifCounts(keysAreApart)},
		{"ACallWhoseTimeIsOverCountsNothing", ifCounts(overdueCountsNothing)},
	}
}

// ifCounts is a check that a store passes which counts nothing.
func ifCounts(run func(*trial, reply.Counting)) func(*trial) {
	return func(s *trial) {
		if store, ok := s.store.(reply.Counting); ok {
			run(s, store)
		} else {
			s.Log("the store does not implement reply.Counting")
		}
	}
}

// use is one of a new key.
func use() reply.Use {
	return reply.Use{Key: "tenant\x00\xff{shop} " + rand.Text(), Replica: "one", For: lease}
}

func (s *trial) wantTotal(store reply.Counting, u reply.Use, want reply.Total) {
	s.Helper()
	got, err := store.Count(s.Context(), u)
	s.want(err, nil, "Count")
	if got != want {
		s.Fatalf("Count of %+v returns %+v, want %+v", u, got, want)
	}
}

func debtIsShared(s *trial, store reply.Counting) {
	u := use()
	for _, owed := range []time.Duration{0, time.Second} { // it may be wrong
		u.Key, u.Owed = u.Key+"+", owed
		one, other := u, u
		other.Replica = "other"
		s.wantTotal(store, one, reply.Total{})
		one.Spent, other.Spent = 4*time.Second, 6*time.Second
		s.wantTotal(store, one, reply.Total{Debt: 4 * time.Second})
		s.wantTotal(store, other, reply.Total{Debt: 10 * time.Second})
		s.clock.advance(margin)
		one.Spent = 1500 * time.Millisecond
		s.wantTotal(store, one, reply.Total{Debt: 6500 * time.Millisecond})
		s.clock.advance(2 * margin)
		one.Spent = 0
		s.wantTotal(store, one, reply.Total{})
		s.clock.advance(lifetime)
		s.wantTotal(store, other, reply.Total{Debt: 6 * time.Second})
	}
}

func debtHasNoBound(s *trial, store reply.Counting) {
	u := use()
	u.Spent = lifetime
	for n := range 48 {
		s.wantTotal(store, u, reply.Total{Debt: time.Duration(n+1) * lifetime})
		u.Owed += lifetime
	}
	s.clock.advance(47 * lifetime)
	u.Spent = 0
	s.wantTotal(store, u, reply.Total{Debt: lifetime})
}

func debtIsTakenBack(s *trial, store reply.Counting) {
	u := use()
	u.Spent = 4 * time.Second
	s.wantTotal(store, u, reply.Total{Debt: 4 * time.Second})
	u.Spent = -time.Second
	s.wantTotal(store, u, reply.Total{Debt: 3 * time.Second})
	u.Spent = -margin
	s.wantTotal(store, u, reply.Total{})
	u.Spent = 2 * time.Second
	s.wantTotal(store, u, reply.Total{Debt: 2 * time.Second}) // nobody saves up
}

func racingUsesCount(s *trial, store reply.Counting) {
	u := use()
	for i, err := range race(racers, func(i int) error {
		mine := u
		mine.Spent, mine.Owed, mine.Replica = time.Second, time.Duration(i%2), string(rune('a'+i%26))
		_, err := store.Count(s.Context(), mine)
		return err
	}) {
		if err != nil {
			s.Fatalf("call %d: %v", i, err)
		}
	}
	s.wantTotal(store, u, reply.Total{Debt: racers * time.Second})
}

func numbersAreSummed(s *trial, store reply.Counting) {
	one := use()
	other, third := one, one
	other.Replica, third.Replica = "other", "third"
	one.Asked, one.Held = 10, 1
	s.wantTotal(store, one, reply.Total{})
	other.Asked, other.Held = 20, 2
	s.wantTotal(store, other, reply.Total{Asked: 10, Held: 1})
	third.Held = 4
	s.wantTotal(store, third, reply.Total{Asked: 30, Held: 3})
	one.Asked, one.Held = 0, 3 // in the place of the earlier ones
	s.wantTotal(store, one, reply.Total{Asked: 20, Held: 6})
	other.Asked, other.Held = 0, 0
	s.wantTotal(store, other, reply.Total{Held: 7})
	s.wantTotal(store, third, reply.Total{Held: 3})
}

func numbersExpire(s *trial, store reply.Counting) {
	one := use()
	other := one
	other.Replica, other.Held, other.For = "other", 5, lifetime
	one.Asked, one.Held = 10, 1
	s.wantTotal(store, one, reply.Total{})
	s.wantTotal(store, other, reply.Total{Asked: 10, Held: 1})
	s.clock.advance(lease - margin)
	s.wantTotal(store, other, reply.Total{Asked: 10, Held: 1})
	s.clock.advance(2 * margin)
	s.wantTotal(store, other, reply.Total{})
	s.clock.advance(lifetime - margin)
	s.wantTotal(store, one, reply.Total{Held: 5})
	s.clock.advance(lifetime)
	s.wantTotal(store, one, reply.Total{})
	s.wantTotal(store, other, reply.Total{Asked: 10, Held: 1}) // who was forgotten may come back
}

func keysAreApart(s *trial, store reply.Counting) {
	one, other := use(), use()
	one.Spent, one.Held, other.Replica = time.Second, 1, "other"
	s.wantTotal(store, one, reply.Total{Debt: time.Second})
	s.wantTotal(store, other, reply.Total{})
}

func overdueCountsNothing(s *trial, store reply.Counting) {
	u := use()
	u.Spent = time.Second
	over, cancel := context.WithDeadline(s.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := store.Count(over, u); err == nil {
		s.Fatal("no error")
	}
	u.Spent = 0
	s.wantTotal(store, u, reply.Total{})
}
