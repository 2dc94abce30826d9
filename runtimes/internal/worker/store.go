package worker

import (
	"context"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
)

// InStore completes requests in a reply store.
type InStore struct {
	reply.Store

	// Retention is for how long after its deadline a reply is kept.
	Retention time.Duration
}

// longestDelay is between two attempts to write a reply, at most.
const longestDelay = time.Second

// Complete implements [Completer].
func (s InStore) Complete(ctx context.Context, c Completion) error {
	id, err := reply.ParseID(c.ID)
	if err != nil {
		return err //nolint:wrapcheck // names what an id is
	}
	rep := reply.Reply{
		Request: reply.Request{ID: id, Chain: c.Chain.Name, Deadline: c.Deadline, Expires: c.Deadline.Add(s.Retention)},
		Event:   c.Event(), Progress: c.Progress,
	}
	for n := 0; ; n++ {
		err := s.Store.Complete(ctx, rep)
		if err == nil || Permanent(err) || !backoff.Sleep(ctx, backoff.Delay(n, longestDelay)) {
			return err //nolint:wrapcheck // says what was tried
		}
	}
}
