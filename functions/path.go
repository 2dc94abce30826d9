package functions

import (
	"net/url"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
)

// PathValue returns the part of the request's path that stands where the route of
// its chain has {name}, decoded; of {name...} all that follows, with the slashes. It
// is "" if the route has no such part, or the request came by POST /events.
//
//	// route: GET /shops/{shop}/files/{file...}
//	functions.PathValue(ev, "shop")
//
// The route is the attribute httproute of the event, which is there if it has a
// part with a name.
func PathValue(ev event.Event, name string) string {
	route, path := Attribute(ev, AttrHTTPRoute), Attribute(ev, AttrHTTPPath)
	for route != "" && name != "" {
		var part, value string
		part, route, _ = strings.Cut(route, "/")
		if part == "{"+name+"...}" {
			return unescape(path)
		}
		value, path, _ = strings.Cut(path, "/")
		if part == "{"+name+"}" {
			return unescape(value)
		}
	}
	return ""
}

// unescape decodes what can be decoded.
func unescape(segment string) string {
	if decoded, err := url.PathUnescape(segment); err == nil {
		return decoded
	}
	return segment
}
