package functions

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Reply is what the caller is answered with: the event that the last step returns,
// or the error of the step that failed.
type Reply interface {
	*event.Event | *Error
}

// SetHeader sets a header of the HTTP answer, in the place of what was set under
// that name before:
//
//	functions.SetHeader(reply, "Cache-Control", "max-age=60")
//	functions.SetHeader(err, "WWW-Authenticate", "Basic")
//
// The headers of an event are its attribute httpheaders. It belongs to the event on
// which it was set, as httpstatus does: of several steps those of the last one
// count, and a step that returns an event of its own copies what it wants to keep.
// A caller that asks for the reply as an event has the attribute in it, and no
// headers.
//
// What cannot be set ends the request at this step, with status 500 and the name of
// the header: what is of one connection or frames the answer (Connection,
// Content-Length, Content-Encoding and the like), Content-Type, which is the event's
// datacontenttype, Date, X-Request-Id, Preference-Applied, Idempotency-Replayed,
// X-Content-Type-Options, ce-…, and a value with control characters or beyond ASCII.
// Access-Control-… is left out: it is the chain's [CORS]. Vary is added to what the adapter has there, and Retry-After of an [Error] is
// better set by its RetryAfter, which policies know.
func SetHeader[R Reply](reply R, name, value string) {
	change(reply, func(h http.Header) { h.Set(name, value) })
}

// AddHeader is [SetHeader], but adds a line to what was set before.
func AddHeader[R Reply](reply R, name, value string) {
	change(reply, func(h http.Header) { h.Add(name, value) })
}

// SetCookie adds a Set-Cookie header. A cookie that [http.Cookie.Valid] refuses ends
// the request as a header does that cannot be set.
func SetCookie[R Reply](reply R, cookie *http.Cookie) {
	line := ""
	if cookie.Valid() == nil { // else String would log, and leave out what is invalid
		line = cookie.String()
	}
	AddHeader(reply, "Set-Cookie", line)
}

// change lets do change the headers of a reply. What cannot be read of them gives
// way.
func change[R Reply](reply R, do func(http.Header)) {
	switch reply := any(reply).(type) {
	case *Error:
		h, _ := decodeHeaders(reply.Headers)
		do(h)
		reply.Headers = url.Values(h).Encode()
	case *event.Event:
		if reply.Context == nil {
			reply.Context = &event.EventContextV1{}
		}
		h, _ := decodeHeaders(Attribute(*reply, AttrHTTPHeaders))
		do(h)
		reply.SetExtension(AttrHTTPHeaders, url.Values(h).Encode())
	}
}

// decodeHeaders returns the headers of an attribute, as far as it can be read.
func decodeHeaders(text string) (http.Header, error) {
	values, err := url.ParseQuery(text)
	h := make(http.Header, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) { // two spellings of one name stay in one order
		for _, value := range values[name] {
			h.Add(name, strings.Trim(value, " \t"))
		}
	}
	if err != nil {
		return h, errors.New("it is not form-encoded")
	}
	return h, nil
}

// ParseHeaders returns the headers that an attribute httpheaders, or the Headers of
// an [Error], carries; nil for none. The error says which of them cannot be set, and
// does not repeat its value. It is for what answers callers, and for tests.
func ParseHeaders(text string) (http.Header, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // none
	}
	h, err := decodeHeaders(text)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if why := refusedHeader(name); why != "" {
			return nil, fmt.Errorf("header %.100q cannot be set: %s", name, why)
		}
		for _, value := range h[name] {
			if strings.ContainsFunc(value, isNotPrintable) {
				return nil, fmt.Errorf("header %s has a value with a character that is a control character or not ASCII", name)
			}
			if _, err := http.ParseSetCookie(value); name == "Set-Cookie" && err != nil {
				return nil, errors.New("header Set-Cookie has a value that is no cookie")
			}
		}
	}
	return h, nil
}

// isNotPrintable reports whether a character is none that every server, gateway and
// client passes on as it is (RFC 9110 section 5.5).
func isNotPrintable(r rune) bool { return r < ' ' || r > '~' }

// refusedHeader returns why no function may set a header, or "".
func refusedHeader(name string) string {
	switch http.CanonicalHeaderKey(name) {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info", "Te",
		"Upgrade":
		return "it is of one connection, not of the reply"
	case "Content-Length", "Transfer-Encoding", "Trailer", "Content-Encoding":
		return "it frames the answer, which is the server's to do"
	case "Content-Type":
		return "the type of the data is the attribute datacontenttype"
	case "Date", "X-Request-Id", "Preference-Applied", "Idempotency-Replayed", "X-Content-Type-Options":
		return "the adapter sets it"
	}
	switch {
	case !isToken(name):
		return "it is no name of a header"
	case len(name) >= len("ce-") && strings.EqualFold(name[:len("ce-")], "ce-"):
		return "it would be an attribute of an event"
	default:
		return ""
	}
}

// isToken reports whether a name can be that of a header (RFC 9110 section 5.6.2).
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
