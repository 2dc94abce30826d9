package functions

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
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
	AttrHTTPRoute   = "httproute" // the path of the chain's route, if it has a {name}; see [PathValue]
	AttrHTTPQuery   = "httpquery"
	AttrHTTPStatus  = "httpstatus"     // on a reply: the status that the caller gets
	AttrHTTPHeaders = "httpheaders"    // on a reply: the headers that the caller gets; see [SetHeader]
	AttrRetryAfter  = "httpretryafter" // on an error reply: the seconds after which to try again
	AttrRoutingSlip = "routingslip"
	AttrReplyTo     = "replyto"
	AttrReplyToken  = "replytoken"
	AttrCallback    = "callback"   // the URL to which the reply is to be delivered
	AttrClaimCheck  = "claimcheck" // what is kept of the request's data beside its events
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
// not on the allow-list of the chain. The lines of a repeated header are joined
// by ", ", those of Cookie by "; ".
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
	ev.SetExtension(AttrHTTPStatus, strconv.Itoa(status))
}

// Status returns the HTTP status that a reply asks for: 200 if it names none.
// ok is false if it names something that is not a status from 200 to 599.
func Status(ev event.Event) (status int, ok bool) {
	if extensions(ev)[AttrHTTPStatus] == nil {
		return http.StatusOK, true
	}
	n, ok := Int(ev, AttrHTTPStatus)
	if !ok {
		return 0, false
	}
	return n, n >= 200 && n <= 599
}

// Attribute returns the text of an extension attribute of ev, whatever its type,
// or "" if it has none of that name. A function sees every attribute as its
// canonical text (CloudEvents 1.0.2, Type System): a number in decimal digits, a
// boolean as true or false, a time as RFC 3339 has it in UTC, bytes as base64.
// [Int], [Bool] and [Time] read it.
func Attribute(ev event.Event, name string) string {
	switch v := extensions(ev)[name].(type) {
	case string: // the usual one, without an allocation
		return v
	case nil:
		return ""
	default:
		text, err := types.Format(v)
		if err != nil { // no type of CloudEvents
			return ""
		}
		return text
	}
}

// Int returns the value of an extension attribute that is an Integer of
// CloudEvents, of 32 bits. ok is false if ev has none of that name, or one that
// is not an integer.
func Int(ev event.Event, name string) (value int, ok bool) {
	n, err := strconv.ParseInt(Attribute(ev, name), 10, 32)
	return int(n), err == nil
}

// Bool returns the value of an extension attribute that is true or false. ok is
// false if ev has none of that name, or one that is neither.
func Bool(ev event.Event, name string) (value, ok bool) {
	text := Attribute(ev, name)
	return text == "true", text == "true" || text == "false"
}

// Time returns the value of an extension attribute that is a time of RFC 3339, in
// UTC. ok is false if ev has none of that name, or one that is not a time.
func Time(ev event.Event, name string) (value time.Time, ok bool) {
	t, err := types.ParseTime(Attribute(ev, name))
	return t.UTC(), err == nil
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
