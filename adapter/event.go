package adapter

import (
	"maps"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/pathmux"
)

// octetStream is the type of a body without a Content-Type (RFC 9110 section
// 8.3).
const octetStream = "application/octet-stream"

// expiryFormat writes the deadline so that it reads the same in every carrier.
const expiryFormat = time.RFC3339Nano

// requestEvent is what the event of a request points to, in one piece of
// memory.
type requestEvent struct {
	context     event.EventContextV1
	time        types.Timestamp
	contentType string
	path        string // as it was sent, so that an encoded slash or dot is no other one
}

// newEvent returns the event that r stands for. The event's context is built at
// once, since the SDK's setters would check and copy what is known to be right.
func newEvent(rt *route, r *http.Request, c *call, data []byte) (event.Event, error) {
	if !printable(r.URL.Path) {
		return event.Event{}, functions.Errorf(http.StatusBadRequest, "the path is not UTF-8 text without control characters")
	}
	in := &requestEvent{contentType: octetStream, path: pathmux.Path(r.URL), time: types.Timestamp{Time: c.start.UTC()}}
	switch ct := r.Header["Content-Type"]; {
	case len(ct) > 1: // as for an event; a platform that joins lines would make one of them that is no type
		return event.Event{}, functions.Errorf(http.StatusBadRequest, "header Content-Type is there %d times; send one", len(ct))
	case len(ct) == 1 && ct[0] != "":
		in.contentType = ct[0]
	}
	ext := make(map[string]any, 8) // one group of a Go map
	in.context = event.EventContextV1{
		ID:              c.text,
		Source:          rt.source,
		Type:            rt.chain.Type,
		Subject:         &in.path,
		Time:            &in.time,
		DataContentType: &in.contentType,
		Extensions:      ext,
	}
	ext[functions.AttrCorrelationID] = c.text
	ext[functions.AttrExpiryTime] = c.deadline.UTC().Format(expiryFormat)
	ext[functions.AttrHTTPMethod] = interned(r.Method, rt.chain.Method, rt.method)
	ext[functions.AttrHTTPPath] = interned(in.path, rt.chain.Path, rt.path)
	if rt.hasNames {
		ext[functions.AttrHTTPRoute] = rt.path
	}
	if q := r.URL.RawQuery; q != "" {
		if !printable(q) {
			return event.Event{}, functions.Errorf(http.StatusBadRequest, "the query holds characters that must be percent-encoded")
		}
		ext[functions.AttrHTTPQuery] = q
	}
	c.trace.carry(ext, r.Header)
	return event.Event{Context: &in.context, DataEncoded: data}, rt.addHeaders(ext, r.Header)
}

// interned returns s as the value of an attribute. For the usual one that was
// made before, which saves an allocation.
func interned(s, usual string, made any) any {
	if s == usual {
		return made
	}
	return s
}

// fromClientEvent turns a client's event into the event of a request: the
// request id becomes its id, and its own id the one that caused it.
func fromClientEvent(rt *route, ev event.Event, c *call, h http.Header) (event.Event, error) {
	ec, ok := ev.Context.(*event.EventContextV1)
	if !ok {
		return event.Event{}, functions.Errorf(http.StatusBadRequest, "attribute specversion must be 1.0")
	}
	if ec.Extensions == nil {
		ec.Extensions = make(map[string]any, 8) // one group of a Go map
	}
	if ec.Time == nil {
		ec.Time = &types.Timestamp{Time: c.start.UTC()}
	}
	maps.DeleteFunc(ec.Extensions, func(name string, _ any) bool { return reserved(name) })
	ec.Extensions[functions.AttrCausationID] = ec.ID
	ec.ID = c.text
	ec.Extensions[functions.AttrCorrelationID] = ec.ID
	ec.Extensions[functions.AttrExpiryTime] = c.deadline.UTC().Format(expiryFormat)
	c.trace.carryOwn(ec.Extensions, h)
	return ev, rt.addHeaders(ec.Extensions, h)
}

// attrDataRef is where the data of an event is that was too large for it
// (CloudEvents extension dataref): a place that the adapter alone may name.
const attrDataRef = "dataref"

// reserved reports whether an extension attribute is the adapter's to set, so
// that a client's event cannot: those that route it and that carry its reply,
// and all that stand for the HTTP request.
func reserved(name string) bool {
	switch name {
	case functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrCorrelationID,
		functions.AttrCausationID, functions.AttrExpiryTime, functions.AttrClaimCheck, functions.AttrCallback, attrDataRef:
		return true
	default:
		return strings.HasPrefix(name, "http")
	}
}

// addHeaders adds the headers that the chain allows.
func (rt *route) addHeaders(ext map[string]any, from http.Header) error {
	for _, h := range rt.headers {
		values := from[h.header]
		if len(values) == 0 {
			continue
		}
		value := joinLines(h.header, values)
		if !printable(value) {
			return functions.Errorf(http.StatusBadRequest, "header %s is not UTF-8 text", h.header)
		}
		ext[h.attr] = value
	}
	return nil
}

// joinLines returns the lines of a header as one value: of a list (RFC 9110
// section 5.3), or of cookies, whose pairs may hold commas (RFC 9113 section
// 8.2.3). A single line is returned as it is.
func joinLines(header string, lines []string) string {
	if header != "Cookie" || len(lines) < 2 {
		return strings.Join(lines, ", ")
	}
	pairs := make([]string, 0, len(lines))
	for _, line := range lines {
		if line = strings.Trim(line, "; \t"); line != "" {
			pairs = append(pairs, line)
		}
	}
	return strings.Join(pairs, "; ")
}

// printable reports whether s may be the value of a CloudEvents attribute: valid
// Unicode without control characters (CloudEvents 1.0.2, Type System).
func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == 0x7f {
			return utf8.ValidString(s) && !strings.ContainsFunc(s, isControl)
		}
	}
	return true
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r <= 0x9f }
