package adapter

import (
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/problem"
)

// handleEvents answers POST /events: an event in, the reply event out. The
// chain is the one whose type the event has.
func (a *Adapter) handleEvents(w http.ResponseWriter, r *http.Request, tenant string) {
	c := a.begin(w, tenant)
	if c == nil {
		return
	}
	if cloudevents.ModeOf(r.Header) == cloudevents.Batch {
		a.handleBatch(w, r, c, tenant)
		return
	}
	if err := a.readEvent(w, r, c); err != nil {
		a.calls.remove(c)
		a.fail(w, &c.exchange, err)
		return
	}
	if c.stopped() != nil {
		a.refuseStopped(w, c)
		return
	}
	a.serve(w, r, c)
}

// readEvent reads the event of r and makes it that of c.
func (a *Adapter) readEvent(w http.ResponseWriter, r *http.Request, c *call) error {
	if err := c.ask.read(r); err != nil {
		return err
	}
	data, err := httpbody.Read(w, r, a.cfg.MaxBody)
	if err != nil {
		return err //nolint:wrapcheck // a problem already
	}
	ev, err := cloudevents.Read(r.Header, data)
	if err != nil {
		return problem.Unreadable(err)
	}
	c.mode = cloudevents.Negotiate(r.Header.Get("Accept"), cloudevents.ModeOf(r.Header))
	return a.forRoute(r, c, ev)
}

// forRoute finds the chain for a client's event, and makes that the event of c.
func (a *Adapter) forRoute(r *http.Request, c *call, ev event.Event) (err error) {
	rt, known := a.byType[ev.Type()]
	if !known {
		return functions.Errorf(http.StatusNotFound,
			"attribute type: no chain takes events of type %q; GET /openapi.json lists the types", ev.Type())
	}
	c.route = rt
	if err := rt.permit(c.tenant); err != nil {
		return err
	}
	if int64(len(ev.DataEncoded)) > rt.maxBody {
		return httpbody.TooLarge(rt.maxBody) //nolint:wrapcheck // a problem already
	}
	a.schedule(r, c)
	c.in, err = adopt(rt, ev, c, r.Header)
	return err
}
