package adapter

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/problem"
)

// accept returns the call of a plain HTTP request. If it may not run, accept
// answers why not and returns nil.
func (a *Adapter) accept(w http.ResponseWriter, r *http.Request, rt *route) *call {
	r, tenant, ok := a.admit(w, r)
	if !ok {
		return nil
	}
	c := a.begin(w, tenant)
	if c == nil {
		return nil
	}
	c.route, c.base = rt, a.linkBase(r)
	c.trace.begin(r)
	if err := a.read(w, r, c); err != nil {
		a.reject(w, c, err)
		return nil
	}
	return c
}

// read reads the request of c.
func (a *Adapter) read(w http.ResponseWriter, r *http.Request, c *call) (err error) {
	if err := a.count(r.Context(), w.Header(), c); err != nil {
		return err
	}
	if c.ask, err = a.readAsk(r.Header); err != nil {
		return err
	}
	if err := c.permit(r); err != nil {
		return err
	}
	if err := a.countChain(r.Context(), w.Header(), c); err != nil {
		return err
	}
	if err := c.route.checkType(r); err != nil {
		return err
	}
	data, err := a.bodies.Read(w, r, c.route.maxBody, &c.body)
	if err != nil {
		return err //nolint:wrapcheck // a problem already
	}
	a.schedule(r, c)
	c.in, err = canonical(newEvent(c.route, r, c, data))
	c.addCallback()
	return err
}

// begin takes a call in. If there is no room for it, begin answers so and
// returns nil.
func (a *Adapter) begin(w http.ResponseWriter, tenant string) *call {
	c := a.newCall(tenant)
	added := a.calls.add(c)
	switch {
	case a.isDraining(): // asked after the call was counted, so that Drain cannot miss it
		if added {
			a.calls.release(c)
		}
		a.metrics.refused(refusedDraining)
		a.fail(w, &exchange{}, errDraining)
		return nil
	case !added:
		a.metrics.refused(refusedCalls)
		a.fail(w, &exchange{}, tooManyCalls())
		return nil
	}
	return c
}

func tooManyCalls() error {
	return &functions.Error{RetryAfter: time.Second, Problem: functions.Problem{
		Status: http.StatusTooManyRequests,
		Detail: "the server runs as many calls as it may; try again later",
	}}
}

// reject ends a call that has not run, and answers it with err.
func (a *Adapter) reject(w http.ResponseWriter, c *call, err error) {
	a.calls.release(c)
	a.metrics.refusedFor(err)
	a.fail(w, &c.exchange, err)
}

// handleEvents answers POST /events: an event in, the reply event out. The
// chain is the one whose type the event has.
func (a *Adapter) handleEvents(w http.ResponseWriter, r *http.Request, tenant string) {
	c := a.begin(w, tenant)
	if c == nil {
		return
	}
	c.base = a.linkBase(r)
	c.trace.begin(r)
	if cloudevents.ModeOf(r.Header) == cloudevents.Batch {
		a.handleBatch(w, r, c, tenant)
		return
	}
	if err := a.readEvent(w, r, c); err != nil {
		a.reject(w, c, err)
		return
	}
	a.run(w, r, c)
}

// readEvent reads the event of r, of which it derives that of c.
func (a *Adapter) readEvent(w http.ResponseWriter, r *http.Request, c *call) (err error) {
	if err := a.count(r.Context(), w.Header(), c); err != nil {
		return err
	}
	if c.ask, err = a.readAsk(r.Header); err != nil {
		return err
	}
	data, err := a.bodies.Read(w, r, a.cfg.MaxBody, &c.body)
	if err != nil {
		return err //nolint:wrapcheck // a problem already
	}
	ev, err := cloudevents.Read(r.Header, data)
	if err != nil {
		return problem.Unreadable(err)
	}
	c.mode = cloudevents.Negotiate(r.Header["Accept"], cloudevents.ModeOf(r.Header))
	return a.forRoute(r, c, ev, w.Header())
}

// forRoute finds the chain for a client's event, and derives the event of c. h are the
// headers of the answer; nil if it is not of c alone.
func (a *Adapter) forRoute(r *http.Request, c *call, ev event.Event, h http.Header) (err error) {
	rt, known := a.byType[ev.Type()]
	if !known {
		return functions.Errorf(http.StatusNotFound,
			"attribute type: no chain takes events of type %q; GET /openapi.json lists the types", ev.Type())
	}
	c.route = rt
	if err := c.permit(r); err != nil {
		return err
	}
	if err := rt.pages.check(r); err != nil {
		return err
	}
	if err := a.countChain(r.Context(), h, c); err != nil {
		return err
	}
	if len(ev.DataEncoded) > 0 {
		// Without one it is JSON (CloudEvents 1.0.2 section 3.1).
		if err := rt.takes(cmp.Or(ev.DataContentType(), event.ApplicationJSON)); err != nil {
			return err
		}
	}
	if int64(len(ev.DataEncoded)) > rt.maxBody {
		return httpbody.TooLarge(rt.maxBody) //nolint:wrapcheck // a problem already
	}
	if c.expiry, err = cloudevents.Expiry(ev, c.start); err != nil {
		return err
	}
	a.schedule(r, c)
	c.in, err = canonical(fromClientEvent(rt, ev, c, r.Header))
	c.addCallback()
	return err
}

// canonical returns the event in the form that it has in every shape. One that
// could not be carried to another process is refused in all of them.
func canonical(ev event.Event, err error) (event.Event, error) {
	if err != nil {
		return event.Event{}, err
	}
	out, err := cloudevents.Canonical(ev)
	var fault *cloudevents.Error
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &fault) && fault.Attribute == "datacontenttype":
		return event.Event{}, functions.Errorf(http.StatusUnsupportedMediaType, "header Content-Type: %s", fault.Detail)
	default:
		return event.Event{}, functions.Errorf(http.StatusBadRequest, "%w", err)
	}
}
