package adapter

import (
	"net/http"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/coding"
	"github.com/homing-dev/homing/internal/problem"
)

const acceptEncoding = "Accept-Encoding"

// varyCoding is the Vary of answers that depend on nothing else.
var varyCoding = []string{acceptEncoding} //nolint:gochecknoglobals // never changed; saves an allocation per answer

// ServeHTTP implements http.Handler. Answers are compressed for callers that
// accept it.
func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	problem.Nosniff(h)
	if a.cfg.DisableCompression || coding.IsSwitchedOff(r.Context()) {
		a.serve(w, r)
		return
	}
	h["Vary"] = varyCoding
	accepted := r.Header[acceptEncoding]
	if len(accepted) == 0 {
		a.serve(w, r)
		return
	}
	choice := coding.Negotiate(accepted)
	if choice.Required && choice.Coding == "" { // before anything runs
		a.fail(w, &exchange{}, functions.Errorf(http.StatusNotAcceptable,
			"header Accept-Encoding: an answer can be in zstd, gzip, br or identity, and none of these is accepted"))
		return
	}
	out := coding.NewWriter(w, choice)
	a.serve(out, r)
	out.Close()
}

// varyOf returns the Vary of the answers of a route: the headers that its
// functions see, Origin if pages may call it, and Accept-Encoding if answers are
// compressed (RFC 9110 section 12.5.5).
func (a *Adapter) varyOf(headers []string, cors functions.CORS) []string {
	names := slices.Clone(headers)
	if len(cors.Origins) > 0 {
		names = append(names, originHeader)
	}
	isCoding := func(name string) bool { return strings.EqualFold(name, acceptEncoding) }
	if !a.cfg.DisableCompression && !slices.ContainsFunc(names, isCoding) {
		names = append(names, acceptEncoding)
	}
	if len(names) == 0 {
		return nil
	}
	return []string{strings.Join(names, ", ")}
}
