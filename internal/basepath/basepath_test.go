package basepath_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/homing-dev/homing/internal/basepath"
	"github.com/homing-dev/homing/internal/pathmux"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "/", "/shop", "/shop/v1", "/caf%C3%A9", "/a-b_c.d~e"} {
		if got, err := basepath.Parse(s); err != nil || got != s {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"shop", "/shop/", "//shop", "//", "/a//b", "/..", "/a/../b", "/.", "/%2e%2e", "/%2E", "/a?b", "/a#b", "/a b", "/caf\u00e9", "/a\n", "/%zz",
		"https://x/shop", "*", "/a\\b", "/%2F",
	} {
		if got, err := basepath.Parse(s); err == nil {
			t.Errorf("%q is taken as %q", s, got)
		}
	}
}

func TestStrip(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ base, taken, sent, want string }{
		{"/shop", "", "/shop/quote", "/quote"},
		{"/shop", "", "/quote", "/quote"},
		{"/shop", "", "/shop", "/"},
		{"/shop", "", "/shop/", "/"},
		{"/shop", "", "/shopping", "/shopping"},
		{"/shop", "", "/shop//a%2Fb/..", "//a%2Fb/.."},
		{"/shop", "", "//shop/quote", "//shop/quote"},
		{"/shop", "", "/%73hop/quote", "/quote"},
		{"/shop", "", "/shop/shop/quote", "/shop/quote"},
		{"/a/b", "", "/a/b/c", "/c"},
		{"/a/b", "", "/a%2Fb/c", "/a%2Fb/c"},
		{"/a/b", "", "/a", "/a"},
		{"/caf%C3%A9", "", "/caf%c3%a9/c", "/c"},
		{"/prod/shop", "/prod", "/shop/quote", "/quote"},
		{"/prod", "/prod", "/quote", "/quote"},
		{"/prod", "/prod", "/prod/x", "/prod/x"},
		{"/shop", "/prod", "/shop/quote", "/quote"},
		{"/", "/prod", "/quote", "/quote"},
		{"", "", "/quote", "/quote"},
	} {
		r := httptest.NewRequestWithContext(basepath.With(t.Context(), tt.taken), http.MethodGet, "http://x"+tt.sent, http.NoBody)
		got := basepath.Strip(r, tt.base)
		if path := pathmux.Path(got.URL); path != tt.want {
			t.Errorf("%s below %s: got %s, want %s", tt.sent, tt.base, path, tt.want)
		}
		if pathmux.Path(r.URL) != tt.sent {
			t.Errorf("the request that was sent has changed to %s", r.URL)
		}
	}
}
