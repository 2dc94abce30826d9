package chainfile

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// methods are those that a chain can answer; CONNECT and TRACE are a proxy's.
func methods() []string {
	return []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions,
	}
}

// reserved are the paths that the adapter answers itself, with all below them.
func reserved() []string {
	return []string{"/requests", "/events", "/health", "/metrics", "/openapi.json", "/v1/process", "/_homing"}
}

// route is METHOD /path, where the path is a pattern of [http.ServeMux].
func route(s string) (problem, meant string) {
	words := strings.Fields(s)
	if len(words) != 2 || s != words[0]+" "+words[1] {
		if len(words) == 1 {
			words = []string{http.MethodPost, words[0]}
		}
		return quote(s) + " is not METHOD /path", strings.Join(words, " ")
	}
	method, path := words[0], words[1]
	if !slices.Contains(methods(), method) {
		return quote(method) + " is not one of the methods " + strings.Join(methods(), ", "), nearest.Word(method, methods()) + " " + path
	}
	if problem := pathProblem(path); problem != "" {
		return "the path " + quote(path) + " " + problem, ""
	}
	if err := register(http.NewServeMux(), s); err != nil {
		return "the path " + quote(path) + " is not a pattern: " + innermost(err).Error(), ""
	}
	return "", ""
}

// pathProblem finds what ServeMux takes and what can never match, or is not a
// chain's to take.
func pathProblem(path string) string {
	plain, err := url.PathUnescape(path)
	switch {
	case !strings.HasPrefix(path, "/"):
		return "does not start with a slash"
	case strings.ContainsAny(path, "?#"):
		return "holds a ? or #; name the parameters under query"
	case strings.ContainsFunc(path, unicode.IsControl):
		return "holds a control character"
	case err != nil:
		return "has a % that two hexadecimal digits do not follow"
	}
	for _, own := range reserved() {
		if plain == own || strings.HasPrefix(plain, own+"/") {
			return "is reserved: the adapter itself answers " + own + " and all below it"
		}
	}
	return ""
}

// register adds a pattern to a mux. ServeMux alone knows which patterns it
// takes and which of them conflict, but it panics with the reason.
func register(mux *http.ServeMux, pattern string) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			var ok bool
			if err, ok = cause.(error); !ok {
				err = fmt.Errorf("%v", cause)
			}
		}
	}()
	mux.Handle(pattern, http.NotFoundHandler())
	return nil
}

// innermost is the error that all others wrap: ServeMux's reason without its offsets.
func innermost(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// takenRoute is a pattern of [http.ServeMux] and whose it is.
type takenRoute struct{ pattern, owner string }

// uniqueRoutes finds routes that one [http.ServeMux] would not take together
// with those before them, or with those of the adapter. These are registered by
// method: so a chain may still have a wildcard that covers one of them whole,
// where the adapter's route comes first.
func (r *reader) uniqueRoutes(chains []functions.Chain) {
	mux := http.NewServeMux()
	var taken []takenRoute
	for _, method := range methods() {
		for _, path := range reserved() {
			for _, own := range []string{method + " " + path, method + " " + path + "/"} {
				_ = register(mux, own) // they are known to go together
				taken = append(taken, takenRoute{own, "the adapter"})
			}
		}
	}
	for i, c := range chains {
		if c.Method == "" {
			continue // reported already
		}
		at, _ := r.at("chains[%d].route", i)
		pattern := c.Method + " " + c.Path
		if register(mux, pattern) != nil {
			// ServeMux names the other half of a conflict only in a text.
			other := taken[max(0, slices.IndexFunc(taken, func(one takenRoute) bool { return conflict(pattern, one.pattern) }))]
			r.invalid(at, "the route %s conflicts with %s of %s", quote(pattern), quote(other.pattern), other.owner)
		}
		taken = append(taken, takenRoute{pattern, fmt.Sprintf("the chain %s, at line %d", quote(c.Name), at.node.Line)})
	}
}

func conflict(a, b string) bool {
	mux := http.NewServeMux()
	return register(mux, a) == nil && register(mux, b) != nil
}
