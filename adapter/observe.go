package adapter

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// Observer sees the calls of an adapter. Its methods are called on the goroutines of
// the calls, so they must not block, and they must not change or keep what an
// Observation points to.
type Observer interface {
	// Began is called with what the first step of a call gets, before that runs.
	Began(o Observation)
	// Answered is called when the connection of a call has its answer: with 202 or
	// 504 that is before the end of the call, and with a refusal Began is not called.
	Answered(o Observation)
	// Ended is called with the reply of a call that has one beside that of its
	// connection. It may be called more than once for a call.
	Ended(r reply.Reply)
}

// Observation is what an [Observer] sees of a call.
type Observation struct {
	ID, Tenant, Chain string
	// Async means that the caller has asked for the reply later, and Keyed that the
	// call has an idempotency key.
	Async, Keyed bool
	Start        time.Time
	// Deadline is zero if the call was refused before it had one.
	Deadline time.Time
	// Event is what the call begins with, or its result; nil if there is none.
	Event *event.Event
	// Status of the answer.
	Status int
	// Failure is the problem that it was answered with; nil if it was none.
	Failure *functions.Error
}

// Console is shown below /_homing/, see Config.Console.
const (
	consolePath = "/_homing/"
	consoleAPI  = consolePath + "api/"
)

// observed returns what the observer of x sees; there must be one.
func (x *exchange) observed() Observation {
	return Observation{
		ID: x.seen.text, Tenant: x.tenant, Chain: x.route.chain.Name, Async: x.seen.ask.prefer.async, Keyed: x.seen.ask.key != "",
		Start: x.start, Deadline: x.deadline,
	}
}

// began has the observer see a call that begins to run.
func (a *Adapter) began(c *call) {
	if c.seen != nil {
		o := c.observed()
		o.Event = &c.in
		a.cfg.Observer.Began(o)
	}
}

// answered has the observer see an answer with a result, or with a failure; both may
// be nil.
func (a *Adapter) answered(x *exchange, status int, ev *event.Event, failure *functions.Error) {
	if x.seen != nil && x.route != nil {
		o := x.observed()
		o.Status, o.Event, o.Failure = status, ev, failure
		a.cfg.Observer.Answered(o)
	}
}

// ended has the observer see a reply.
func (a *Adapter) ended(r reply.Reply) {
	if a.cfg.Observer != nil {
		a.cfg.Observer.Ended(r)
	}
}

// handleConsole shows the console. Its page is anybody's, as it holds nothing; what it
// asks for is for the tenants that may see every call.
func (a *Adapter) handleConsole(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, consoleAPI) {
		admitted, tenant, ok := a.admit(w, r)
		if !ok {
			return
		}
		if r = admitted; !a.isAdmin(r, tenant) {
			problem.Write(w, functions.Errorf(http.StatusForbidden,
				"tenant %s may not see the console; HOMING_ADMINS names who may, or the scope %s of a JWT lets its holder", tenant, AdminScope))
			return
		}
	}
	http.StripPrefix(strings.TrimSuffix(consolePath, "/"), a.cfg.Console).ServeHTTP(w, r)
}

// AdminScope is the scope of a JWT whose holder may see the console.
const AdminScope = "homing:admin"

// isAdmin reports whether the caller of r, a tenant, may see the console.
func (a *Adapter) isAdmin(r *http.Request, tenant string) bool {
	id := identityOf(r)
	return !a.secured() && id == nil || slices.Contains(a.cfg.Admins, tenant) || slices.Contains(a.cfg.Admins, "*") ||
		id != nil && slices.Contains(id.Scopes, AdminScope)
}

// handleConsoleRoot leads to the console.
func (a *Adapter) handleConsoleRoot(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Location", a.linkBase(r)+consolePath)
	w.WriteHeader(http.StatusPermanentRedirect)
}
