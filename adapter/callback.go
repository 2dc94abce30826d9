package adapter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// Callbacks delivers replies to the URLs that callers have named in the header
// Homing-Callback. It must be safe for concurrent use.
type Callbacks interface {
	// Check returns a problem if no reply may be delivered to a URL, as far as its text
	// shows.
	Check(url string) error
	// Keep is called with a reply before it is completed, so that it is not lost with
	// the process. It is called again if another reply takes its place.
	Keep(ctx context.Context, r reply.Reply)
	// Forget is called if the reply is not to be delivered.
	Forget(ctx context.Context, r reply.Reply)
	// Deliver delivers a completed reply to r.Callback. It returns when that is done or
	// given up, or when ctx ends; once stop is closed, it tries no more. load returns
	// the reply of every attempt but the first.
	Deliver(ctx context.Context, r reply.Reply, load func(context.Context) (event.Event, error), stop <-chan struct{})
}

// callbackHeader names the URL to which the reply of a call is delivered.
const callbackHeader = "Homing-Callback"

// readCallback reads where the reply of a call is delivered to; "" if nobody asks for that.
func (a *Adapter) readCallback(h http.Header, p *prefer) (string, error) {
	urls := h[callbackHeader]
	switch {
	case len(urls) == 0:
		return "", nil
	case len(urls) > 1:
		return "", functions.Errorf(http.StatusBadRequest, "header %s is there %d times; send one", callbackHeader, len(urls))
	case urls[0] == "":
		return "", functions.Errorf(http.StatusBadRequest, "header %s is empty; send a URL", callbackHeader)
	case !p.async:
		return "", functions.Errorf(http.StatusBadRequest,
			"header %s is for a call whose caller does not wait; send Prefer: respond-async beside it", callbackHeader)
	case a.cfg.Callbacks == nil:
		return "", functions.Errorf(http.StatusForbidden,
			"header %s: nothing is delivered by this server; HOMING_CALLBACKS lists the hosts to which it may", callbackHeader)
	}
	return urls[0], a.cfg.Callbacks.Check(urls[0]) //nolint:wrapcheck // a problem already
}

// addCallback has the event of c say where its reply is delivered to: who completes
// the request may be another process.
func (c *call) addCallback() {
	if c.ask.callback != "" && c.in.Context != nil {
		c.in.SetExtension(functions.AttrCallback, c.ask.callback)
	}
}

// keepCallback keeps a reply that is about to be completed if it is to be delivered.
func (a *Adapter) keepCallback(ctx context.Context, rep *reply.Reply) {
	if rep.Callback != "" && a.cfg.Callbacks != nil {
		a.cfg.Callbacks.Keep(ctx, *rep)
	}
}

// deliver delivers a reply if somebody has asked for that. err is what has become of
// its completion: whoever has completed a request delivers its reply.
func (a *Adapter) deliver(ctx context.Context, rep *reply.Reply, err error) {
	switch {
	case rep.Callback == "":
	case a.cfg.Callbacks == nil: // another replica has other settings
		a.cfg.Logger.LogAttrs(ctx, slog.LevelError, "a reply is not delivered: HOMING_CALLBACKS is not set here",
			slog.String("requestid", rep.ID.String()), slog.String("chain", rep.Chain))
	case err == nil, errors.Is(err, reply.ErrTooLarge):
		if !a.deliveries.enter() {
			a.cfg.Logger.LogAttrs(ctx, slog.LevelError, "a reply is not delivered: too many wait for their targets",
				slog.String("requestid", rep.ID.String()), slog.String("chain", rep.Chain))
			return // its letter is sent again by hand
		}
		go a.runDelivery(ctx, *rep)
	case errors.Is(err, reply.ErrCompleted), errors.Is(err, reply.ErrCancelled),
		errors.Is(err, reply.ErrSuperseded), errors.Is(err, reply.ErrExpired):
		a.cfg.Callbacks.Forget(ctx, *rep)
	}
}

// runDelivery delivers a reply, until it has expired or the adapter is closed. When the
// adapter drains, only an attempt that runs is waited for.
func (a *Adapter) runDelivery(ctx context.Context, rep reply.Reply) {
	defer a.deliveries.leave()
	ctx, cancel := context.WithDeadline(ctx, rep.Expires)
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-a.aborted:
		case <-a.closed:
		case <-ended:
		}
		cancel()
	}()
	id := rep.ID // alone is held by what loads the reply
	a.cfg.Callbacks.Deliver(ctx, rep, func(ctx context.Context) (event.Event, error) {
		rec, err := a.store.Lookup(ctx, id)
		return rec.Reply.Event, err
	}, a.draining)
}
