package adapter

import (
	"net/http"
	"net/url"
	"sync"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/accept"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/problem"
)

// batchWorkers is how many events of one batch run at once.
const batchWorkers = 32

// handleBatch answers POST /events with a batch: a batch of the replies in the
// order of the events, where a failure is an event with a problem document and
// its httpstatus, and an event that was dropped has no reply. Each reply has
// the id of its event as causationid. Preferences are not applied to a batch.
func (a *Adapter) handleBatch(w http.ResponseWriter, r *http.Request, c *call, tenant string) {
	defer a.calls.release(c)
	replies, err := a.runBatch(w, r, tenant, &c.body)
	if err == nil && r.Context().Err() != nil {
		err = errClientGone
	}
	var data []byte
	if err == nil {
		if data, err = cloudevents.WriteBatch(w.Header(), replies); err != nil {
			err = invalidResult(err)
		}
	}
	if err != nil {
		a.fail(w, &exchange{}, err)
		return
	}
	_, _ = w.Write(data) //nolint:gosec // no page: its type is JSON, and nosniff holds
}

// runBatch runs the events of a batch and returns their replies.
func (a *Adapter) runBatch(w http.ResponseWriter, r *http.Request, tenant string, hold *httpbody.Hold) ([]event.Event, error) {
	if _, keyed := r.Header["Idempotency-Key"]; keyed {
		return nil, functions.Errorf(http.StatusBadRequest, "header Idempotency-Key: a batch takes no key; send the events one by one")
	}
	if _, called := r.Header[callbackHeader]; called {
		return nil, functions.Errorf(http.StatusBadRequest,
			"header %s: the replies of a batch are not delivered; send the events one by one", callbackHeader)
	}
	if accept.Parse(r.Header["Accept"]).Quality(cloudevents.BatchType) == 0 {
		return nil, functions.Errorf(http.StatusNotAcceptable, "header Accept: a batch is answered by %s", cloudevents.BatchType)
	}
	data, err := a.bodies.Read(w, r, a.cfg.MaxBody, hold)
	if err != nil {
		return nil, err //nolint:wrapcheck // a problem already
	}
	events, err := cloudevents.ReadBatch(r.Header, data)
	if err != nil {
		return nil, problem.Unreadable(err)
	}
	all := make([]event.Event, len(events))
	var running sync.WaitGroup
	permits := make(chan struct{}, batchWorkers)
	for i, ev := range events {
		permits <- struct{}{}
		running.Go(func() {
			defer func() { <-permits }()
			all[i] = a.runOne(r, tenant, ev)
		})
	}
	running.Wait()
	replies := all[:0]
	for _, ev := range all {
		if status, _ := functions.Status(ev); status != http.StatusNoContent {
			replies = append(replies, ev)
		}
	}
	return replies, nil
}

// runOne runs one event of a batch and returns its reply.
func (a *Adapter) runOne(r *http.Request, tenant string, ev event.Event) (answer event.Event) {
	caused := ev.ID()
	c := a.newCall(tenant)
	c.trace.begin(r)
	defer func() {
		status, _ := functions.Status(answer)
		c.observe(status)
	}()
	fail := func(err error) event.Event {
		p := explain(&c.exchange, err)
		p.RequestID = c.text
		out := problem.Event(p, p.RequestID, types.URIRef{URL: url.URL{Path: "/events"}}, "homing.reply")
		out.SetExtension(functions.AttrCausationID, caused)
		return out
	}
	err := a.count(r.Context(), nil, c)
	if err == nil {
		err = a.forRoute(r, c, ev, nil)
	}
	if err == nil && !a.calls.add(c) {
		err = tooManyCalls()
	}
	if err != nil {
		c.uncount()
		return fail(err)
	}
	defer a.calls.release(c)
	if err := a.admitCall(r, c); err != nil {
		return fail(err)
	}
	wt := a.waiters.subscribe(c.id)
	defer a.waiters.unsubscribe(wt)
	_, _ = c.apply(started, nil)
	a.began(c)
	a.start(r.Context(), c, wt)
	o, in := wt.await(r.Context(), c.responseDeadline, a.aborted)
	if in == waitEnded {
		in = cut
	}
	if in != arrived {
		if do, _ := c.apply(in, nil); do != takeReply {
			return fail(in.reason())
		}
		o = <-wt.outcome
	}
	if o.reply == nil {
		return fail(errCancelled)
	}
	out := o.reply.Event
	if isProblem(&out) {
		out.SetExtension(functions.AttrCausationID, caused)
	}
	return out
}
