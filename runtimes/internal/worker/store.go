package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/callback"
)

// InStore completes requests in a reply store.
type InStore struct {
	reply.Store

	// Retention is for how long after its deadline a reply is kept.
	Retention time.Duration
	// Callbacks delivers the replies of requests that have a callback; nil means that
	// nothing does.
	Callbacks *callback.Sender
}

// longestDelay is between two attempts to write a reply, at most.
const longestDelay = time.Second

// delivering is for how long a reply is tried to be delivered at once. After that its
// event is given back, so that the platform brings it again or makes it a dead letter.
const delivering = time.Minute

// Complete implements [Completer]. The reply that counts is delivered if the request
// has a callback: if that fails, the request is completed and the error is not
// [Permanent].
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
		switch {
		case err == nil:
			return s.deliver(ctx, c.Request, func(context.Context) (event.Event, error) { return rep.Event, nil })
		case errors.Is(err, reply.ErrCompleted):
			return cmp.Or(s.deliverStored(ctx, c.Request, id), err)
		case Permanent(err), !backoff.Sleep(ctx, backoff.Delay(n, longestDelay)):
			return err //nolint:wrapcheck // says what was tried
		}
	}
}

// resume delivers the reply of a request that is completed, and reports whether it is:
// its event has come again, since the reply could not be delivered.
func (s InStore) resume(ctx context.Context, r Request) (completed bool, err error) {
	id, err := reply.ParseID(r.ID)
	if err != nil || r.Callback == "" {
		return false, nil //nolint:nilerr // whoever completes it says so
	}
	rec, err := s.Lookup(ctx, id)
	if err != nil || rec.State != reply.Completed {
		return false, nil //nolint:nilerr // the steps run, and the store is asked again
	}
	return true, s.deliverStored(ctx, r, id)
}

func (s InStore) deliverStored(ctx context.Context, r Request, id reply.ID) error {
	return s.deliver(ctx, r, func(ctx context.Context) (event.Event, error) {
		rec, err := s.Lookup(ctx, id)
		return rec.Reply.Event, err //nolint:wrapcheck // says what was tried
	})
}

func (s InStore) deliver(ctx context.Context, r Request, load func(context.Context) (event.Event, error)) error {
	if r.Callback == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, delivering)
	defer cancel()
	if err := s.Callbacks.Deliver(ctx, r.ID, r.Callback, load); err != nil {
		return fmt.Errorf("deliver the reply of request %s: %w", r.ID, err)
	}
	return nil
}
