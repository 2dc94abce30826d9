package adapter

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/basepath"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/problem"
)

// pollAfter is when a caller should ask again for a reply that is not there.
const pollAfter = time.Second

// requestIDHeader is in the canonical form of net/http.
const requestIDHeader = "X-Request-Id"

// respond answers x with the result of its chain; nil means that a step
// dropped the event.
func (a *Adapter) respond(w http.ResponseWriter, x *exchange, ev *event.Event) {
	h := w.Header()
	values := [3]string{x.text} // of three headers, in one piece of memory
	h[requestIDHeader] = values[0:1:1]
	if ev == nil {
		w.WriteHeader(http.StatusNoContent)
		x.observe(http.StatusNoContent)
		a.answered(x, http.StatusNoContent, nil, nil)
		return
	}
	status, headers, err := replyHead(*ev)
	if err != nil {
		a.fail(w, x, invalidResult(err))
		return
	}
	body := ev.DataEncoded
	if x.mode == cloudevents.None || isProblem(ev) {
		if ct := ev.DataContentType(); ct != "" && len(body) > 0 {
			values[1] = ct
			h["Content-Type"] = values[1:2:2]
		}
		if x.route != nil && x.route.vary != nil {
			h["Vary"] = x.route.vary
		}
		setHeaders(h, *ev, headers)
	} else {
		if body, err = cloudevents.Write(h, *ev, x.mode); err != nil {
			a.fail(w, x, invalidResult(err))
			return
		}
	}
	if status == http.StatusNoContent || status == http.StatusNotModified { // these have no body
		h.Del("Content-Type")
		w.WriteHeader(status)
		x.observe(status)
		a.answered(x, status, ev, nil)
		return
	}
	values[2] = strconv.Itoa(len(body))
	h["Content-Length"] = values[2:3:3]
	w.WriteHeader(status)
	release := a.bodies.Answer(len(body))
	_, _ = w.Write(body) //nolint:gosec // its type is that of the function, and nosniff holds
	release()
	x.observe(status)
	a.answered(x, status, ev, nil)
}

// setHeaders sets the headers that a reply asks for, and what a problem has that is
// answered at once, too.
func setHeaders(h http.Header, ev event.Event, headers http.Header) {
	if !isProblem(&ev) {
		problem.ApplyHeaders(h, headers)
		return
	}
	h.Set("Cache-Control", "no-store")
	problem.ApplyHeaders(h, headers)
	if after := functions.Attribute(ev, functions.AttrRetryAfter); after != "" && !strings.ContainsFunc(after, notDigit) {
		h.Set("Retry-After", after)
	}
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

// errStatus is the error of an event with an httpstatus that no answer can have.
var errStatus = errors.New("attribute httpstatus is not a status from 200 to 599")

// replyHead returns the status and the headers that a reply asks for, or why no
// answer can have them.
func replyHead(ev event.Event) (status int, headers http.Header, err error) {
	status, ok := functions.Status(ev)
	if !ok {
		return 0, nil, errStatus
	}
	headers, err = functions.ParseHeaders(functions.Attribute(ev, functions.AttrHTTPHeaders))
	if err != nil {
		return 0, nil, fmt.Errorf("attribute %s: %w", functions.AttrHTTPHeaders, err)
	}
	return status, headers, nil
}

func invalidResult(cause error) error {
	return &functions.Error{Cause: cause, Problem: functions.Problem{
		Status: http.StatusInternalServerError,
		Title:  "Invalid result",
		Detail: "the chain answered an event that cannot be sent: " + cause.Error(),
	}}
}

func isProblem(ev *event.Event) bool {
	return ev.DataContentType() == functions.ProblemContentType
}

// result returns the end of a chain as an event: its result, or the problem that
// err stands for.
func (a *Adapter) result(c *call, out *event.Event, err error) event.Event {
	if err == nil && out != nil {
		_, _, invalid := replyHead(*out)
		if invalid == nil {
			return *out
		}
		err = invalidResult(invalid)
	}
	id, replyType := c.text, c.route.chain.Type+".reply"
	if err == nil {
		return problem.Empty(http.StatusNoContent, id, c.route.source, replyType)
	}
	why := c.because(err)
	p := explain(&c.exchange, why)
	a.logFailure(&c.exchange, p, why)
	return problem.Event(p, id, c.route.source, replyType)
}

// passes reports whether a reply is a failure that may pass, so that the same
// call may be tried again under its key: whoever made it, this process, a
// vertex or a function.
func passes(ev event.Event) bool {
	switch status, _ := functions.Status(ev); status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusBadGateway: // a step that answers nonsense will do so again
		var p functions.Problem
		return isProblem(&ev) && json.Unmarshal(ev.DataEncoded, &p) == nil && p.Title == unreachable
	default:
		return false
	}
}

// unreachable is the title of the problem that a carrier makes of a step that
// could not be reached.
const unreachable = "Step unreachable"

// respondLater answers a call whose reply comes later: 202 if the caller prefers
// that, else 504, and where the reply can be fetched.
func (a *Adapter) respondLater(w http.ResponseWriter, x *exchange, q *ask) {
	if q.prefer.given() {
		a.accepted(w, x, q.prefer)
	} else {
		a.late(w, x, true)
	}
}

// accepted answers 202 and where the reply can be fetched.
func (a *Adapter) accepted(w http.ResponseWriter, x *exchange, p prefer) {
	h := w.Header()
	location := x.location()
	if signed := a.signedLocation(x, p.link); signed != "" {
		location = signed
		p.applied = strings.TrimPrefix(p.applied+", signed-link="+strconv.Itoa(int(p.link/time.Second)), ", ")
	}
	h.Set("Location", location)
	h.Set("Retry-After", problem.RetryAfter(pollAfter))
	h[requestIDHeader] = []string{x.text}
	p.markApplied(h)
	h.Set("Content-Type", event.ApplicationJSON)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusAccepted)
	// Neither has a character that JSON would escape; a client that is gone needs no answer.
	//nolint:gosec // no page: its type is JSON, and nosniff holds
	_, _ = fmt.Fprintf(w, "{\"id\":%q,\"state\":\"pending\",\"location\":%q}\n", x.text, location)
	x.observe(http.StatusAccepted)
	a.answered(x, http.StatusAccepted, nil, nil)
}

// late answers a call whose response deadline has passed: 504, and where the
// late reply can be fetched if it is kept.
func (a *Adapter) late(w http.ResponseWriter, x *exchange, kept bool) {
	p := functions.Errorf(http.StatusGatewayTimeout, "the chain did not answer in time")
	if kept {
		w.Header().Set("Location", x.location())
		p.Detail += "; fetch a late reply from the Location"
	}
	a.fail(w, x, p)
}

// location is where the reply can be fetched.
func (x *exchange) location() string { return x.base + "/requests/" + x.text }

// linkBase returns what stands in front of the links of an answer to r: what is
// configured, else what the platform has taken from the path.
func (a *Adapter) linkBase(r *http.Request) string {
	switch a.cfg.BasePath {
	case "":
		return basepath.Of(r.Context())
	case basepath.Root:
		return ""
	default:
		return a.cfg.BasePath
	}
}
