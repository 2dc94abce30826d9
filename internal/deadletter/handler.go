package deadletter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/problem"
)

// DefaultRetention is the default of Options.Retention.
const DefaultRetention = time.Hour

// Queue is where a [Handler] keeps letters.
type Queue interface {
	// Put keeps the body of a letter.
	Put(ctx context.Context, body string) error
}

// Options are the parts of a [Handler].
type Options struct {
	// Queue is where letters are kept.
	Queue Queue
	// Store is where the requests wait for their replies.
	Store reply.Store
	// Retention is how long after its deadline a reply can be fetched; 0 means
	// [DefaultRetention].
	Retention time.Duration
	// Callbacks delivers the error replies of requests that have a callback; nil means
	// that nothing does.
	Callbacks *callback.Sender
	// Logger gets a line for every letter; nil means none.
	Logger *slog.Logger
}

// Handler is the function with the role failure. It is safe for concurrent use.
type Handler struct{ Options }

// New returns a handler.
func New(o Options) *Handler {
	o.Retention = cmp.Or(o.Retention, DefaultRetention)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	return &Handler{o}
}

// Handle keeps a destination record as a letter and then completes its request
// with an error reply. A reply that is not wanted any more is dealt with: the
// request has another one, was cancelled or is forgotten. A payload that is no
// record, or holds no event of ours, is kept and logged, and that is all.
//
// On an error the record is to be handled again; then it may be kept twice, but
// is answered once.
func (h *Handler) Handle(ctx context.Context, payload []byte) error {
	letter := NewLetter(payload, time.Now())
	if err := h.keep(ctx, letter); err != nil {
		return err
	}
	log := h.Logger.With("requestid", letter.RequestID, "chain", letter.Chain, "step", letter.Step,
		"function", letter.Function, "invocation", letter.Invocation, "tries", letter.Tries,
		"reason", letter.Reason, "detail", letter.Detail)
	request, ok := letter.Request(h.Retention)
	if !ok {
		log.ErrorContext(ctx, "dead letter kept; it holds no event whose reply could be given")
		return nil
	}
	rep := reply.Reply{Request: request, Event: problem.Event(
		letter.Problem(), letter.RequestID, types.URIRef{URL: url.URL{Path: "/chains/" + letter.Chain}},
		functions.Chain{Name: letter.Chain}.WithDefaults().Type+".reply",
	)}
	err := h.Store.Complete(ctx, rep)
	switch {
	case err == nil:
		log.ErrorContext(ctx, "dead letter kept, and its request answered")
		return h.deliver(ctx, rep)
	case errors.Is(err, reply.ErrCompleted), errors.Is(err, reply.ErrCancelled),
		errors.Is(err, reply.ErrExpired), errors.Is(err, reply.ErrSuperseded):
		log.ErrorContext(ctx, "dead letter kept; its request needs no reply", "error", err)
		return nil
	default:
		return fmt.Errorf("answer request %s, whose event is kept as a dead letter: %w", request.ID, err)
	}
}

// delivering is for how long an error reply is tried to be delivered, and at most for
// half of the time that is left: the rest is for its letter.
const delivering = 20 * time.Second

// deliver delivers an error reply if its request has a callback. If that fails, the
// reply is a letter, too.
func (h *Handler) deliver(ctx context.Context, rep reply.Reply) error {
	if rep.Callback == "" {
		return nil
	}
	patience := delivering
	if end, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(end)/2) //nolint:mnd // a half
	}
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := h.Callbacks.Deliver(within, rep.ID.String(), rep.Callback, func(context.Context) (event.Event, error) { return rep.Event, nil })
	if err == nil {
		return nil
	}
	h.Logger.ErrorContext(ctx, "a reply was not delivered", "requestid", rep.ID.String(), "chain", rep.Chain, "kept", true, "error", err)
	letter, err := undelivered(rep, err.Error(), time.Now())
	if err != nil {
		return err
	}
	return h.keep(ctx, letter)
}

// keep puts a letter into the queue.
func (h *Handler) keep(ctx context.Context, letter Letter) error {
	body, err := letter.Body()
	if err != nil {
		return err
	}
	if err := h.Queue.Put(ctx, body); err != nil {
		return fmt.Errorf("keep the dead letter of request %s: %w", letter.RequestID, err)
	}
	return nil
}
