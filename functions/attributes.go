package functions

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Names of the extension attributes that a request's event carries. The first
// group is documented by CloudEvents, the second is Homing's own.
const (
	AttrCorrelationID = "correlationid" // the request id, constant through the chain
	AttrCausationID   = "causationid"   // the id of the event that caused the request
	AttrExpiryTime    = "expirytime"    // the deadline
	AttrTraceParent   = "traceparent"
	AttrTraceState    = "tracestate"

	AttrHTTPMethod  = "httpmethod"
	AttrHTTPPath    = "httppath"
	AttrHTTPQuery   = "httpquery"
	AttrHTTPStatus  = "httpstatus"     // on a reply: the status that the caller gets
	AttrRetryAfter  = "httpretryafter" // on an error reply: the seconds after which to try again
	AttrRoutingSlip = "routingslip"
	AttrReplyTo     = "replyto"
	AttrReplyToken  = "replytoken"
)

// Query returns the query of the HTTP request that ev stands for; empty if there
// was none or if it cannot be parsed.
func Query(ev event.Event) url.Values {
	values, err := url.ParseQuery(Attribute(ev, AttrHTTPQuery))
	if err != nil {
		return url.Values{}
	}
	return values
}

// Header returns a header of the HTTP request, or "" if it was not sent or is
// not on the allow-list of the chain. Repeated headers are joined by ", ".
func Header(ev event.Event, name string) string {
	return Attribute(ev, HeaderAttr(name))
}

// HeaderAttr is the name of the extension attribute that carries an allowed
// request header: "http" and the letters and digits of the name, so that
// Accept-Language becomes httpacceptlanguage.
func HeaderAttr(name string) string {
	return "http" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + ('a' - 'A')
		default:
			return -1
		}
	}, name)
}

// SetStatus sets the HTTP status that the caller gets when ev is the reply.
func SetStatus(ev *event.Event, status int) {
	if ev.Context == nil {
		ev.Context = &event.EventContextV1{}
	}
	ev.SetExtension(AttrHTTPStatus, int32(status)) //nolint:gosec // a status has three digits.
}

// Status returns the HTTP status that a reply asks for: 200 if it names none.
// ok is false if it names something that is not a status from 200 to 599.
func Status(ev event.Event) (status int, ok bool) {
	if ev.Context == nil {
		return http.StatusOK, true
	}
	switch v := extensions(ev)[AttrHTTPStatus].(type) {
	case nil:
		return http.StatusOK, true
	case int32:
		status = int(v)
	case string:
		n, err := strconv.Atoi(v)
		if err != nil {
			return 0, false
		}
		status = n
	default:
		return 0, false
	}
	return status, status >= 200 && status <= 599
}

// Attribute returns the text of an extension attribute of ev, or "" if it has
// none of that name or one of another type.
func Attribute(ev event.Event, name string) string {
	s, _ := extensions(ev)[name].(string)
	return s
}

func extensions(ev event.Event) map[string]any {
	switch ec := ev.Context.(type) {
	case nil:
		return nil
	case *event.EventContextV1: // without the copy that GetExtensions makes
		return ec.Extensions
	default:
		return ec.GetExtensions()
	}
}
