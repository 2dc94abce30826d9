package adapter

import (
	"errors"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/binding"
	"github.com/homing-dev/homing/adapter/body"
	"github.com/homing-dev/homing/functions"
)

// handleEvents answers POST /events: an event in, the reply event out. The
// chain is the one whose type the event has.
func (a *Adapter) handleEvents(w http.ResponseWriter, r *http.Request, tenant string) {
	c := a.begin(w, tenant)
	if c == nil {
		return
	}
	if binding.ModeOf(r.Header) == binding.Batch {
		a.handleBatch(w, r, c, tenant)
		return
	}
	ev, q, err := a.readEvent(w, r, c, tenant)
	if err != nil {
		a.calls.remove(c)
		a.fail(w, c.exchange, err)
		return
	}
	a.serve(w, r, c, ev, q)
}

// readEvent reads the event of r and makes it that of c.
func (a *Adapter) readEvent(w http.ResponseWriter, r *http.Request, c *call, tenant string) (event.Event, ask, error) {
	q, err := readAsk(r)
	if err != nil {
		return event.Event{}, ask{}, err
	}
	data, err := body.Read(w, r, a.cfg.MaxBody)
	if err != nil {
		return event.Event{}, ask{}, err //nolint:wrapcheck // a problem already
	}
	ev, err := binding.Read(r.Header, data)
	if err != nil {
		return event.Event{}, ask{}, eventError(err)
	}
	c.mode = binding.Negotiate(r.Header.Get("Accept"), binding.ModeOf(r.Header))
	ev, err = a.forRoute(r, c, tenant, ev, q)
	return ev, q, err
}

// forRoute finds the chain for a client's event, and makes it the event of c.
func (a *Adapter) forRoute(r *http.Request, c *call, tenant string, ev event.Event, q ask) (event.Event, error) {
	rt, known := a.byType[ev.Type()]
	if !known {
		return event.Event{}, functions.Errorf(http.StatusNotFound,
			"attribute type: no chain takes events of type %q; GET /openapi.json lists the types", ev.Type())
	}
	c.route = rt
	if err := rt.permit(tenant); err != nil {
		return event.Event{}, err
	}
	if int64(len(ev.DataEncoded)) > rt.maxBody {
		return event.Event{}, body.TooLarge(rt.maxBody) //nolint:wrapcheck // a problem already
	}
	c.deadline = c.start.Add(q.timeout(rt))
	return adopt(rt, ev, c, r.Header)
}

// eventError is what a caller hears of an event that cannot be read.
func eventError(err error) error {
	if errors.Is(err, binding.ErrUnsupported) {
		return functions.Errorf(http.StatusUnsupportedMediaType, "%w", err)
	}
	return functions.Errorf(http.StatusBadRequest, "%w", err)
}
