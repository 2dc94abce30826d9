package gateway

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/time/rate"

	"github.com/homing-dev/homing/internal/emulator/template"
)

const (
	defaultRoute = "$default"
	anyMethod    = "ANY"
)

// route is a route with its path in segments.
type route struct {
	template.Route

	segments []string
	greedy   string        // the name of a {name+} at the end, which is no segment
	limiter  *rate.Limiter // nil if it has no throttle of its own
}

func newRoute(r template.Route) route {
	made := route{Route: r}
	if r.Path == defaultRoute {
		return made
	}
	made.segments = split(r.Path)
	last := len(made.segments) - 1
	if name, ok := strings.CutSuffix(made.segments[last], "+}"); ok {
		made.greedy = strings.TrimPrefix(name, "{")
		made.segments = made.segments[:last]
	}
	return made
}

func split(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// key is the route's name in an event of an HTTP API.
func (r route) key() string {
	if r.Path == defaultRoute {
		return defaultRoute
	}
	return r.Method + " " + r.Path
}

// match returns the parts of the path that the route names.
func (r route) match(method string, segments []string) (parameters map[string]string, ok bool) {
	if r.Method != anyMethod && r.Method != method {
		return nil, false
	}
	if r.Path == defaultRoute {
		return nil, true
	}
	if len(segments) < len(r.segments) || r.greedy == "" && len(segments) > len(r.segments) {
		return nil, false
	}
	parameters = map[string]string{}
	for i, pattern := range r.segments {
		name, named := parameter(pattern)
		switch {
		case named && segments[i] != "":
			parameters[name] = segments[i]
		case pattern != segments[i]:
			return nil, false
		}
	}
	if r.greedy != "" {
		rest := strings.Join(segments[len(r.segments):], "/")
		if rest == "" {
			return nil, false
		}
		parameters[r.greedy] = rest
	}
	return parameters, true
}

// parameter is the name in a segment of the form {name}.
func parameter(segment string) (name string, ok bool) {
	if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
		return segment[1 : len(segment)-1], true
	}
	return "", false
}

// router finds routes.
type router []route

// newRouter puts the most specific route first: a full match before a greedy
// one, $default last, a text before a name, a method before ANY ("Routes for
// HTTP APIs").
func newRouter(routes []template.Route) router {
	r := make(router, 0, len(routes))
	for _, one := range routes {
		r = append(r, newRoute(one))
	}
	slices.SortStableFunc(r, func(a, b route) int {
		return cmp.Or(
			cmp.Compare(a.kind(), b.kind()),
			cmp.Compare(len(b.segments), len(a.segments)),
			slices.Compare(a.names(), b.names()),
			cmp.Compare(a.breadth(), b.breadth()),
		)
	})
	return r
}

// kind is 0 for a route that matches in full, 1 for a greedy one, 2 for
// $default.
func (r route) kind() int {
	switch {
	case r.Path == defaultRoute:
		return 2 //nolint:mnd // the last
	case r.greedy != "":
		return 1
	default:
		return 0
	}
}

// names has a 1 for each segment that is a name, and a 0 for a text.
func (r route) names() []int {
	found := make([]int, len(r.segments))
	for i, s := range r.segments {
		if _, named := parameter(s); named {
			found[i] = 1
		}
	}
	return found
}

func (r route) breadth() int {
	if r.Method == anyMethod {
		return 1
	}
	return 0
}

// find returns the route of a request, and its parameters. The segments are those
// of its path without the stage, decoded.
func (r router) find(req *http.Request, segments []string) (route, map[string]string, bool) {
	for _, one := range r {
		if parameters, ok := one.match(req.Method, segments); ok {
			return one, parameters, true
		}
	}
	return route{}, nil, false
}
