package chainfile

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

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
	return []string{"/requests", "/events", "/health", "/metrics", "/openapi.json", "/v1/process"}
}

// route reads METHOD /path, where the path is a pattern of [http.ServeMux].
func (r *reader) route(method, path *string) func(value) {
	return func(v value) {
		if !r.is(v, yaml.ScalarNode, `a route such as "POST /quote"`, textTag) {
			return
		}
		written := v.node.Value
		words := strings.Fields(written)
		if len(words) != 2 || written != words[0]+" "+words[1] {
			r.wrongMeant(v, meantRoute(words), "%s is not METHOD /path", quote(written))
			return
		}
		if !slices.Contains(methods(), words[0]) {
			r.wrongMeant(v, nearest.Word(words[0], methods()), "%s is not one of the methods %s",
				quote(words[0]), strings.Join(methods(), ", "))
			return
		}
		if problem := pathProblem(words[1]); problem != "" {
			r.wrong(v, "the path %s %s", quote(words[1]), problem)
			return
		}
		if err := register(http.NewServeMux(), written); err != nil {
			r.wrong(v, "the path %s is not a pattern: %s", quote(words[1]), innermost(err))
			return
		}
		*method, *path = words[0], words[1]
	}
}

func meantRoute(words []string) string {
	const parts = 2
	switch {
	case len(words) == parts:
		return shortGuess(strings.Join(words, " "))
	case len(words) == 1 && strings.HasPrefix(words[0], "/"):
		return shortGuess(http.MethodPost + " " + words[0])
	default:
		return ""
	}
}

// pathProblem finds what ServeMux takes and what can never match, or is not a
// chain's to take.
func pathProblem(path string) string {
	if !strings.HasPrefix(path, "/") {
		return "does not start with a slash"
	}
	if strings.ContainsAny(path, "?#") {
		return "holds a ? or #; name the parameters under query"
	}
	if strings.ContainsFunc(path, unicode.IsControl) {
		return "holds a control character"
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
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
// takes and which of them conflict, but it says so by a panic.
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
