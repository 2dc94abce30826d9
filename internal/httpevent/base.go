package httpevent

import (
	"net/url"
	"strings"

	"github.com/homing-dev/homing/internal/basepath"
)

// splitBase takes from the path what stands in front of the routes of the API,
// as far as the event shows it: the stage of an HTTP API, or the mapping of a
// custom domain. base is what a client has in front of the path: that, and the
// stage of a REST API, which is in no path of its events but that of the context.
func (f *fields) splitBase(source Source, path string) (base, inner string) {
	if source == URL || source.LoadBalancer() { // they have no stages and no mappings
		return "", path
	}
	base, inner, ok := f.splitAtRoute(source, path)
	if !ok && source.decodesPath() {
		inner = withoutStage(path, f.stage)
		base = strings.TrimSuffix(path, inner)
	}
	if !isBase(base) {
		base, inner = "", path
	}
	if source == REST && isBase("/"+f.stage) {
		outward, ok := strings.CutPrefix(escapePath(f.outward, false), "/"+f.stage)
		if ok && strings.TrimSuffix(outward, "/") == strings.TrimSuffix(path, "/") {
			base = "/" + f.stage + base
		}
	}
	return base, inner
}

// isBase reports whether a path can stand in front of others: no client takes
// what begins with it for another host, or for a place above.
func isBase(path string) bool {
	_, err := basepath.Parse(path)
	return err == nil && path != basepath.Root
}

// splitAtRoute splits the path before the part of it that the API's route
// stands for. ok is false if the route is $default or does not show where.
func (f *fields) splitAtRoute(source Source, path string) (base, inner string, ok bool) {
	pattern := f.resourcePath
	if _, route, isKey := strings.Cut(f.routeKey, " "); isKey {
		pattern = route
	}
	if !strings.HasPrefix(pattern, "/") {
		return "", path, false
	}
	if pattern == "/" && (source != REST || f.outward == path) { // of a REST API: there is a mapping in it, and not the stage
		return strings.TrimSuffix(path, "/"), "/", true
	}
	want, have := strings.Split(pattern, "/")[1:], strings.Split(path, "/")[1:]
	start := len(have) - len(want)
	if name, isGreedy := strings.CutSuffix(want[len(want)-1], "+}"); isGreedy {
		want = want[:len(want)-1]
		start = f.greedyStart(have, strings.TrimPrefix(name, "{")) - len(want)
	}
	if start < 0 {
		return "", path, false
	}
	for i, segment := range want {
		if !strings.HasPrefix(segment, "{") && segment != unescape(have[start+i]) {
			return "", path, false
		}
	}
	if start > 0 {
		base = "/" + strings.Join(have[:start], "/")
	}
	return base, path[len(base):], true
}

// greedyStart returns where the value of a parameter begins that stands for all
// segments to the end, -1 if that does not show.
func (f *fields) greedyStart(segments []string, name string) int {
	var value string
	if f.parameters == nil {
		return -1
	}
	if err := f.each(f.parameters, f.text, func(key, text []byte) error {
		if string(key) == name {
			value = strings.Trim(string(text), "/")
		}
		return nil
	}); err != nil || value == "" {
		return -1
	}
	for i := range segments {
		tail := strings.Trim(strings.Join(segments[i:], "/"), "/")
		if segments[i] != "" && (tail == value || unescape(tail) == value) {
			return i
		}
	}
	return -1
}

func unescape(text string) string {
	if decoded, err := url.PathUnescape(text); err == nil {
		return decoded
	}
	return text
}
