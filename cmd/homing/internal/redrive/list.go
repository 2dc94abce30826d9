package redrive

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Entry is a letter in a list.
type Entry struct {
	// Message is the letter, or what cannot be read, without Body and without
	// the event, record and text unless they were asked for.
	Message

	// Copies is how many messages hold it, 1 or more.
	Copies int
}

// List gives the letters of a queue, the oldest first, with copies of one
// counted once. whole says of which ones everything is wanted; nil means of
// none, so that a full queue needs little memory. hidden is as of [Box.Scan].
func List(ctx context.Context, b Box, whole func(*Message) bool) (entries []Entry, hidden int, err error) {
	byKey := map[string]*Entry{}
	hidden, err = b.Scan(ctx, func(m *Message) (bool, error) {
		if whole == nil || !whole(m) {
			m.Body, m.Letter.Event, m.Letter.Record, m.Letter.Text = "", nil, nil, ""
		}
		e := byKey[m.Key()]
		if e == nil {
			byKey[m.Key()] = &Entry{Message: *m, Copies: 1}
			return true, nil
		}
		e.Copies++
		if better(m, &e.Message) {
			e.Message = *m
		}
		return true, nil
	})
	if err != nil {
		return nil, hidden, err
	}
	for _, e := range byKey {
		entries = append(entries, *e)
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(a.Since().Compare(b.Since()), cmp.Compare(a.Key(), b.Key()))
	})
	return entries, hidden, nil
}

// better says whether copy a of a letter tells more than b: with all of its
// parts, and then as it was first kept.
func better(a, b *Message) bool {
	if x, y := len(a.Letter.LeftOut), len(b.Letter.LeftOut); x != y {
		return x < y
	}
	return a.Sent.Before(b.Sent)
}

// Since is when Lambda gave up, or else when the message was sent.
func (m *Message) Since() time.Time {
	if !m.Letter.Died.IsZero() {
		return m.Letter.Died
	}
	return m.Sent
}
