// Package claimcheck keeps the data of events that are too large for a carrier
// beside them, and brings it back (Claim Check of Hohpe and Woolf, Enterprise
// Integration Patterns; the extension dataref of CloudEvents).
//
//	sender    Check.In      puts the data, and sends the event with dataref in its place
//	vertex    Check.Fetch   gets and checks the data before the first step runs
//	          Check.Delete  deletes all bodies of a request once that has its reply
//
// Functions see neither. Nothing in an event decides what is fetched but the id of its
// request and a hash: its dataref has to be the one that follows from them, so an event
// can have nobody call another place, nor read what belongs to another request. The
// same data of the same request is the same body, so what is sent, delivered or
// forwarded twice is kept once.
package claimcheck

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpbody"
)

// attrDataRef is the extension of CloudEvents for where the data of an event is.
const attrDataRef = "dataref"

// Check keeps bodies. It is safe for concurrent use.
type Check struct {
	// Bodies keeps them; nil means that none can be kept or fetched.
	Bodies reply.Bodies
	// Retention is for how long after the deadline of its request a body is kept
	// that was not deleted: for events that are sent again.
	Retention time.Duration
	// Log gets what could not be deleted.
	Log *slog.Logger
	// Budget bounds the bytes of what is fetched, with other bodies; nil is no bound.
	Budget *httpbody.Budget

	moved *prometheus.CounterVec // nil if nobody asks
}

// Count registers what counts the bodies that are stored, fetched and deleted.
func (c *Check) Count(reg prometheus.Registerer) error {
	if c.Bodies == nil {
		return nil
	}
	c.moved = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "homing_claim_check_bodies_total",
		Help: "Bodies of events that were too large to be sent with them, by what was done: stored, fetched or deleted.",
	}, []string{"operation"})
	for _, name := range []string{stored, fetched, deleted} { // so that a rate has a beginning
		c.moved.WithLabelValues(name)
	}
	return reg.Register(c.moved) //nolint:wrapcheck // names the metric
}

const stored, fetched, deleted = "stored", "fetched", "deleted"

func (c *Check) count(operation string) {
	if c.moved != nil {
		c.moved.WithLabelValues(operation).Inc()
	}
}

// Large returns what a carrier does with an event that is too large for it; nil if
// nothing can be done.
func (c *Check) Large() carrier.Large {
	if c == nil || c.Bodies == nil {
		return nil
	}
	return c.In
}

// In keeps the data of ev and returns the event that refers to it. The error is a
// problem, or the cause of the end of ctx.
func (c *Check) In(ctx context.Context, ev event.Event) (event.Event, error) {
	t, err := ticketOf(ev)
	if err != nil {
		return event.Event{}, fmt.Errorf("attribute %s: %w", functions.AttrClaimCheck, err)
	}
	id, err := reply.ParseID(carrier.RequestID(ev))
	if err != nil {
		return event.Event{}, fmt.Errorf("keep the data of an event: %w", err)
	}
	deadline, err := carrier.Deadline(ev)
	if err != nil {
		return event.Event{}, err //nolint:wrapcheck // names the attribute
	}
	b := reply.Body{Request: id, Hash: sha256.Sum256(ev.DataEncoded), Size: int64(len(ev.DataEncoded))}
	if err := c.Bodies.PutBody(ctx, b, ev.DataEncoded, deadline.Add(c.Retention)); err != nil {
		return event.Event{}, failure(ctx, "kept", err)
	}
	c.count(stored)
	t.bodies = slices.DeleteFunc(t.bodies, func(other reply.Body) bool { return other == b })
	t.bodies, t.here, t.ref = slices.Insert(t.bodies, 0, b), true, functions.Attribute(ev, attrDataRef)
	ev = t.on(ev, refOf(c.Bodies.Place(), b))
	ev.DataEncoded = nil
	return ev, nil
}

// Fetch returns ev with its data, whether that was kept beside it or not, and all
// bodies that are kept for its request. What is fetched h holds until its release. The
// error is a problem, or the cause of the end of ctx; if it is an [httpbody.ErrBusy],
// there is no room for the data now.
func (c *Check) Fetch(ctx context.Context, ev event.Event, h *httpbody.Hold) (event.Event, []reply.Body, error) {
	t, err := ticketOf(ev)
	if err != nil {
		return ev, nil, problem(http.StatusBadRequest, "the attribute "+functions.AttrClaimCheck+" of the event cannot be read", err)
	}
	if !t.here {
		return ev, t.bodies, nil
	}
	if c == nil || c.Bodies == nil {
		return ev, nil, problem(http.StatusInternalServerError,
			"the data of the event is kept beside it, and this vertex has no place to fetch it from: HOMING_BODIES names it", nil)
	}
	b := t.bodies[0]
	if ref := functions.Attribute(ev, attrDataRef); ref != refOf(c.Bodies.Place(), b) {
		return ev, nil, problem(http.StatusInternalServerError,
			"the data of the event is not where this vertex fetches it from: HOMING_BODIES must be the same for all",
			fmt.Errorf("dataref is %q, not %q", ref, refOf(c.Bodies.Place(), b))) //nolint:err113 // for the log
	}
	if c.Budget != nil {
		if err := c.Budget.Take(ctx, b.Size, h); err != nil {
			return ev, t.bodies, err //nolint:wrapcheck // a problem
		}
	}
	data, err := c.Bodies.GetBody(ctx, b)
	switch {
	case err != nil:
		return ev, t.bodies, failure(ctx, "fetched", err)
	case int64(len(data)) != b.Size || sha256.Sum256(data) != b.Hash:
		return ev, t.bodies, problem(http.StatusInternalServerError, "the data that was kept beside the event is not what it was",
			fmt.Errorf("%s has %d bytes with another hash", refOf(c.Bodies.Place(), b), len(data))) //nolint:err113 // for the log
	}
	c.count(fetched)
	ref := t.ref
	t.here, t.ref = false, ""
	ev = t.on(ev, ref)
	ev.DataEncoded = data
	return ev, t.bodies, nil
}

// deleting is how long deleting the bodies of a request may take.
const deleting = 2 * time.Second

// Delete deletes bodies. What cannot be deleted now is left to their expiry.
func (c *Check) Delete(ctx context.Context, bodies []reply.Body) {
	if c == nil || c.Bodies == nil || len(bodies) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, deleting)
	defer cancel()
	for _, b := range bodies {
		if err := c.Bodies.DeleteBody(ctx, b); err != nil {
			c.Log.WarnContext(ctx, "a body is left to its expiry", slog.String("requestid", b.Request.String()), slog.Any("error", err))
		} else {
			c.count(deleted)
		}
	}
}

// retryAfter is when a call may be repeated that met trouble with bodies.
const retryAfter = time.Second

// failure is the problem of a body that could not be kept or fetched.
func failure(ctx context.Context, what string, err error) error {
	switch {
	case errors.Is(err, reply.ErrNoBody):
		return problem(http.StatusInternalServerError,
			"the data that was kept beside the event is gone: its request has ended, or its time was over", err)
	case errors.Is(err, reply.ErrNoRight):
		return problem(http.StatusInternalServerError,
			"the data of the event is too large to be sent with it, and could not be "+what+
				" beside it: this process has no right to it, or it is not there", err)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	p := problem(http.StatusServiceUnavailable,
		"the data of the event is too large to be sent with it, and could not be "+what+" beside it; try again later", err)
	p.RetryAfter = retryAfter
	return p
}

func problem(status int, detail string, cause error) *functions.Error {
	return &functions.Error{Problem: functions.Problem{Status: status, Title: "Event data not available", Detail: detail}, Cause: cause}
}

// Kept returns the body that holds the data of ev, and its URI. ok is false if the
// data is not kept beside ev.
func Kept(ev event.Event) (b reply.Body, uri string, ok bool) {
	t, err := ticketOf(ev)
	if err != nil || !t.here {
		return reply.Body{}, "", false
	}
	return t.bodies[0], functions.Attribute(ev, attrDataRef), true
}
