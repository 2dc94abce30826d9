package worker

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/observe"
)

// IsDirect reports whether ev comes from somebody who is no adapter, and knows
// neither the steps that it is for nor where its reply belongs.
func IsDirect(ev event.Event) bool {
	ext := carrier.SlipOf(ev) == "" && functions.Attribute(ev, functions.AttrReplyTo) == ""
	return ext && functions.Attribute(ev, functions.AttrReplyToken) == ""
}

// Begin returns the event of a new request for a direct event, as POST /events of
// an adapter does: its chain is found by its type and runs from the first step
// on, under an id of its own, until timeout says, or the event's own expirytime if
// that is earlier. The event's id becomes the one that caused the request.
//
// The error is a problem: 400 if no chain takes the event, or if a step of it is
// neither here nor where next can forward to; 504 if the event has expired.
func (w *Worker) Begin(in event.Event, next Forwarder, timeout func(functions.Chain) time.Duration) (event.Event, error) {
	c, err := w.Segments.chainOf(in.Type())
	if err != nil {
		return event.Event{}, err
	}
	slip := carrier.NewSlip(c.Name, c.Steps...)
	if _, err := w.Segments.Find(slip, next); err != nil {
		return event.Event{}, functions.Errorf(http.StatusBadRequest, "an event of type %q begins chain %s: %w", in.Type(), c.Name, err)
	}
	if in, err = cloudevents.Canonical(in); err != nil {
		return event.Event{}, functions.Errorf(http.StatusBadRequest, "%w", err)
	}
	now := time.Now()
	deadline := now.Add(timeout(c))
	switch own, err := cloudevents.Expiry(in, now); {
	case err != nil:
		return event.Event{}, err
	case !own.IsZero() && own.Before(deadline):
		deadline = own
	}
	ec := *in.Context.AsV1()
	ec.Extensions = maps.Clone(ec.Extensions)
	if ec.Extensions == nil {
		ec.Extensions = map[string]any{}
	}
	maps.DeleteFunc(ec.Extensions, func(name string, _ any) bool { // what is of a request, and what the adapter alone may set
		return strings.HasPrefix(name, "http") || name == "dataref" || name == functions.AttrClaimCheck || name == functions.AttrCallback
	})
	ec.Extensions[functions.AttrCausationID] = ec.ID
	ec.ID = reply.NewID(now, reply.NewMailbox()).String()
	ec.Extensions[functions.AttrCorrelationID] = ec.ID
	ec.Extensions[functions.AttrExpiryTime] = deadline.UTC().Format(time.RFC3339Nano)
	ec.Extensions[functions.AttrRoutingSlip] = string(slip)
	if ec.Time == nil {
		ec.Time = &types.Timestamp{Time: now.UTC()}
	}
	in.Context = &ec
	w.Log.Info("an event without a routing slip began a request", observe.WithTrace([]any{
		slog.String("requestid", ec.ID), slog.String("chain", c.Name), slog.Any("causationid", ec.Extensions[functions.AttrCausationID]),
	}, functions.Attribute(in, functions.AttrTraceParent))...)
	return in, nil
}

// chainOf returns the chain that takes events of a type.
func (s Segments) chainOf(eventType string) (functions.Chain, error) {
	if c, ok := s.byType[eventType]; ok {
		return c, nil
	}
	return functions.Chain{}, functions.Errorf(http.StatusBadRequest,
		"attribute %s is missing, and no chain takes events of type %q; these are taken: %s",
		functions.AttrRoutingSlip, eventType, strings.Join(slices.Sorted(maps.Keys(s.byType)), ", "))
}
