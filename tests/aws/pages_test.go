package aws_test

import (
	"net/http"
	"strings"
	"testing"
)

// API Gateway passes preflights on, since the template has no CorsConfiguration: so
// there is one answer, and no header twice.
func TestPagesOfOtherOriginsAreAnsweredByTheAdapter(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	d := faults(t, s, plan{shape: inline})
	const shop, evil = "https://shop.example", "https://evil.example"
	ask := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type,prefer", "Origin"}
	preflight := call(t, http.MethodOptions, d.url+"/fault", "", append(ask, shop)...).is(t, http.StatusNoContent)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": shop, "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "content-type,prefer",
		"Access-Control-Max-Age": "600",
	} {
		if got := preflight.header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	call(t, http.MethodOptions, d.url+"/fault", "", append(ask, evil)...).is(t, http.StatusForbidden)
	call(t, http.MethodOptions, d.url+"/brief", "", append(ask, shop)...).is(t, http.StatusForbidden)
	call(t, http.MethodOptions, d.url+"/missing", "", append(ask, shop)...).is(t, http.StatusNotFound)
	accepted := call(t, http.MethodPost, d.url+"/fault", order("page", "pass"), "Origin", shop, "Prefer", "respond-async").is(t, http.StatusAccepted)
	for _, a := range []answer{
		accepted,
		call(t, http.MethodGet, d.url+accepted.header.Get("Location"), "", "Origin", shop, "Prefer", "wait=10").is(t, http.StatusOK),
	} {
		if got := a.header.Values("Access-Control-Allow-Origin"); len(got) != 1 || got[0] != shop || !strings.Contains(a.header.Get("Vary"), "Origin") {
			t.Errorf("the page may read it: %q, Vary %q", got, a.header.Values("Vary"))
		}
	}
	call(t, http.MethodPost, d.url+"/fault", order("evil", ""), "Origin", evil, "Sec-Fetch-Site", "cross-site").is(t, http.StatusForbidden)
	call(t, http.MethodPost, d.url+"/brief", order("brief", ""), "Origin", shop).is(t, http.StatusForbidden)
	if s.ran("evil", "act")+s.ran("brief", "act") > 0 {
		t.Error("a page that may not call has run a function")
	}
}
