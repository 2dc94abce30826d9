package deadletter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/letterbox"
)

const (
	// outboxPatience bounds what is asked of the box: the reply waits for it.
	outboxPatience = 2 * time.Second
	// outboxPause is the pause before the second attempt of a delivery.
	outboxPause = time.Second
	// outboxHolds is for how long a reply is held for its first attempt.
	outboxHolds = time.Second
	// outboxLast is how long a first attempt may take when the server shuts down: others
	// may wait for the same target.
	outboxLast = 5 * time.Second
	// largestUndelivered is the size of a letter above which its data is left out.
	largestUndelivered = 16 << 20
)

// Outbox delivers replies to callbacks. What is not delivered yet is a letter in the
// box, so that it outlives the process, and stays there if it is given up. It is safe
// for concurrent use. It implements adapter.Callbacks.
type Outbox struct {
	Allowed callback.Allowed
	Sender  *callback.Sender
	// Box keeps the letters; nil means that what cannot be delivered is only logged.
	Box letterbox.Box
	Log *slog.Logger
}

// undelivered returns the letter of a reply that was not delivered to r.Callback.
// detail is why, without any data; "" if it was not tried yet.
func undelivered(r reply.Reply, detail string, now time.Time) (Letter, error) {
	data, err := cloudevents.AppendExact(nil, r.Event)
	if err != nil {
		return Letter{}, fmt.Errorf("write the reply of request %s: %w", r.ID, err)
	}
	now = now.UTC().Truncate(time.Millisecond)
	return Letter{
		Version: Version, Kept: now, Died: now, Reason: Undeliverable, Detail: clip(detail), Callback: r.Callback,
		RequestID: r.ID.String(), Chain: r.Chain, Key: keyOfCallback(r), Event: data,
	}, nil
}

// Check implements adapter.Callbacks.
func (o Outbox) Check(url string) error {
	return o.Allowed.Check(url) //nolint:wrapcheck // a problem already
}

// Keep implements adapter.Callbacks. A reply that cannot be kept is delivered
// nevertheless.
func (o Outbox) Keep(ctx context.Context, r reply.Reply) {
	if o.Box == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxPatience)
	defer cancel()
	l, err := undelivered(r, "", time.Now())
	if err == nil {
		err = o.put(ctx, l)
	}
	if err != nil {
		o.warn(ctx, "a reply is not kept until it is delivered", r, err)
	}
}

// Forget implements adapter.Callbacks.
func (o Outbox) Forget(ctx context.Context, r reply.Reply) {
	if o.Box == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxPatience)
	defer cancel()
	l, err := o.Box.Get(ctx, keyOfCallback(r))
	if err == nil {
		err = o.Box.Delete(ctx, l)
	}
	if err != nil && !errors.Is(err, letterbox.ErrNone) {
		o.warn(ctx, "the letter of a reply that was delivered is still there", r, err)
	}
}

// Deliver implements adapter.Callbacks.
func (o Outbox) Deliver(ctx context.Context, r reply.Reply, load loader, stop <-chan struct{}) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	first := make(chan struct{}) // closed when the first attempt has ended
	go func() {
		select {
		case <-stop:
		case <-ctx.Done():
			return
		}
		select {
		case <-first:
		case <-time.After(outboxLast):
		}
		cancel(errStopped)
	}()
	loadFirst, forget := briefly(r.Event, load)
	r.Event, r.Progress = event.Event{}, nil // from here on the store has it, and a letter
	err := o.Sender.TryLoaded(ctx, r.ID.String(), r.Callback, loadFirst)
	forget()
	close(first)
	if err != nil && !errors.Is(err, callback.ErrRefused) {
		err = o.retry(ctx, r, err, load)
	}
	if err == nil {
		o.Forget(ctx, r)
		return
	}
	kept := o.explain(ctx, r, load, err)
	o.Log.LogAttrs(ctx, slog.LevelError, "a reply was not delivered", slog.String("requestid", r.ID.String()),
		slog.String("chain", r.Chain), slog.Bool("kept", kept), slog.Any("error", err))
}

// loader loads a reply.
type loader = func(context.Context) (event.Event, error)

// briefly returns what loads ev: for a moment from memory, and from then on, or once
// forget was called, by load. So replies that wait for a slow target are not held.
func briefly(ev event.Event, load loader) (first loader, forget func()) {
	var held atomic.Pointer[event.Event]
	held.Store(&ev)
	forget = func() { held.Store(nil) }
	timer := time.AfterFunc(outboxHolds, forget)
	return func(ctx context.Context) (event.Event, error) {
		timer.Stop()
		if ev := held.Load(); ev != nil {
			return *ev, nil
		}
		return load(ctx)
	}, forget
}

// retry tries a delivery again, as long as ctx lasts. first is why it has failed.
func (o Outbox) retry(ctx context.Context, r reply.Reply, first error, load loader) error {
	pause := outboxPause
	if asked, ok := errors.AsType[*callback.RetryError](first); ok {
		pause = max(pause, asked.After)
	}
	if !backoff.Sleep(ctx, pause) {
		return errors.Join(first, context.Cause(ctx))
	}
	return o.Sender.Deliver(ctx, r.ID.String(), r.Callback, load) //nolint:wrapcheck // says what was tried
}

var errStopped = errors.New("the server shuts down")

// explain writes into the letter of a reply why it was not delivered, or a letter if
// there was no room for one before. It reports whether there is one.
func (o Outbox) explain(ctx context.Context, r reply.Reply, load loader, why error) bool {
	if o.Box == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxPatience)
	defer cancel()
	found, err := o.Box.Get(ctx, keyOfCallback(r))
	there := err == nil
	var l Letter
	switch {
	case there:
		l, err = Open(string(found.Body))
		l.Detail, l.Died = clip(why.Error()), time.Now().UTC().Truncate(time.Millisecond)
	case errors.Is(err, letterbox.ErrNone):
		if r.Event, err = load(ctx); err == nil {
			l, err = undelivered(r, why.Error(), time.Now())
		}
	}
	if err == nil {
		err = o.put(ctx, l)
	}
	if err != nil {
		o.warn(ctx, "the letter of a reply does not say why that was not delivered", r, err)
	}
	return there || err == nil
}

func (o Outbox) put(ctx context.Context, l Letter) error {
	body, err := l.Encode(largestUndelivered)
	if err != nil {
		return err
	}
	return o.Box.Put(ctx, l.Key, []byte(body)) //nolint:wrapcheck // says what was tried
}

func keyOfCallback(r reply.Reply) string { return r.ID.String() + "-callback" }

func (o Outbox) warn(ctx context.Context, what string, r reply.Reply, err error) {
	o.Log.LogAttrs(ctx, slog.LevelWarn, what, slog.String("requestid", r.ID.String()), slog.String("chain", r.Chain), slog.Any("error", err))
}
