package pathmux_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
)

// patterns go together, and overlap as much as they can.
func patterns() []string {
	return []string{
		"/", "/{$}", "/a", "/a/", "/a/{$}", "/a/{x}", "/a/b", "/a/b/c/{rest...}", "/a/{x}/b", "/a/b/b", "/b/{x}/{y}", "/b/{x}/a",
		"/c/{rest...}", "/c/d/{x}/e", "/caf%C3%A9/{x}",
	}
}

// ranks returns how specific a pattern is at each segment, if it matches the
// path: 0 is a text, 1 a name, and 2 the rest.
func ranks(pattern, path string) (found []int, ok bool) {
	want, have := strings.Split(pattern, "/")[1:], strings.Split(path, "/")[1:]
	for i, segment := range want {
		last := i == len(want)-1
		switch {
		case i >= len(have):
			return nil, false
		case last && (segment == "" || strings.HasSuffix(segment, "...}")):
			return append(found, 2), true
		case segment == "{$}":
			return append(found, 0), i == len(have)-1 && have[i] == ""
		case strings.HasPrefix(segment, "{"):
			if have[i] == "" {
				return nil, false
			}
			found = append(found, 1)
		default:
			a, _ := url.PathUnescape(segment)
			if b, _ := url.PathUnescape(have[i]); a != b {
				return nil, false
			}
			found = append(found, 0)
		}
	}
	return found, len(want) == len(have)
}

// naive returns the pattern that a path belongs to, by trying them all.
func naive(path string) string {
	best, bestRanks := "", []int(nil)
	for _, pattern := range patterns() {
		if r, ok := ranks(pattern, path); ok && (best == "" || slices.Compare(r, bestRanks) < 0) {
			best, bestRanks = pattern, r
		}
	}
	return best
}

// FuzzMuxIsItsSpecification compares with the naive matcher, and with net/http on
// paths that it does not clean.
func FuzzMuxIsItsSpecification(f *testing.F) {
	for _, seed := range []string{
		"/", "//", "/a", "/a/", "/a//", "/a/b", "/a%2Fb", "/a/%2F", "/a/b/", "/a/b/c//d", "/a/b/c/b", "/a/b/c", "/a/x/b", "/b//a", "/b/x/a", "/c", "/c/", "/c/d/x/e",
		"/c/d//e", "/caf%C3%A9/x", "/caf\u00e9/", "/a/..", "/./a", "/a/\"%2Fb", "/%61/%62", "/%", "*", "/a;b", "/b/%00/\xff",
	} {
		f.Add(seed)
	}
	var all []string
	for _, p := range patterns() {
		all = append(all, "GET "+p)
	}
	mux, std := answering(f, all...), http.NewServeMux()
	for _, p := range all {
		std.HandleFunc(p, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(p)) })
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") || strings.Contains(target, "?") {
			t.Skip()
		}
		want := naive(target)
		w := call(t, mux, http.MethodGet, target)
		got, _, _ := strings.Cut(strings.TrimPrefix(w.Body.String(), "GET "), " ")
		if w.Code != http.StatusOK {
			got = ""
		}
		if got != want {
			t.Fatalf("%q belongs to %q, not %q", target, want, got)
		}
		clean := path.Clean(target)
		if strings.HasSuffix(target, "/") && clean != "/" {
			clean += "/"
		}
		if clean != target || u.EscapedPath() != target || strings.Contains(strings.ToLower(target), "/%2f") {
			return // net/http cleans it, or takes a segment that is an encoded slash for the end
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.URL = u
		w = httptest.NewRecorder()
		if std.ServeHTTP(w, r); w.Code == http.StatusOK && w.Body.String() != "GET "+want {
			t.Fatalf("%q belongs to %q by net/http, not %q", target, w.Body, want)
		}
	})
}
