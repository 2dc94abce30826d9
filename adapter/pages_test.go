package adapter_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

const (
	shopOrigin = "https://shop.example"
	evilOrigin = "https://evil.example"
)

// paged is a server of the chains open, which all pages may call, shop, which those
// of the shop may, and closed, which none may.
func paged(t *testing.T, cfg adapter.Config) *server {
	t.Helper()
	open, shop, closed, visit := chain("open", echo), chain("shop", echo), chain("closed", echo), chain("visit", echo)
	open.CORS = functions.CORS{Origins: []string{"*"}}
	shop.CORS = functions.CORS{Origins: []string{shopOrigin, "http://localhost:5173"}, Credentials: true, MaxAge: 600e9}
	visit.Method, visit.Path = http.MethodGet, "/visit"
	return serve(t, setup{cfg: cfg, chains: []functions.Chain{open, shop, closed, visit}})
}

func TestAPageMayCallWhatItsOriginIsListedFor(t *testing.T) {
	t.Parallel()
	s := paged(t, adapter.Config{})
	own := strings.TrimPrefix(s.URL, "http://")
	for name, tt := range map[string]struct {
		method, path string
		headers      []string
		status       int
		allowed      string // the origin that may read the answer
	}{
		"no browser":                     {"POST", "/closed", nil, 200, ""},
		"same origin":                    {"POST", "/closed", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://" + own}, 200, ""},
		"same origin without referrer":   {"POST", "/closed", []string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, 200, ""},
		"the user's own doing":           {"GET", "/visit", []string{"Sec-Fetch-Site", "none"}, 200, ""},
		"same origin of an old browser":  {"POST", "/closed", []string{"Origin", "http://" + own}, 200, ""},
		"another port":                   {"POST", "/closed", []string{"Origin", "http://127.0.0.1:1"}, 403, ""},
		"foreign":                        {"POST", "/closed", []string{"Origin", evilOrigin}, 403, ""},
		"foreign by the site alone":      {"POST", "/closed", []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		"same site":                      {"POST", "/closed", []string{"Sec-Fetch-Site", "same-site"}, 403, ""},
		"unknown site":                   {"POST", "/closed", []string{"Sec-Fetch-Site", "x"}, 403, ""},
		"foreign with the site":          {"POST", "/closed", []string{"Sec-Fetch-Site", "cross-site", "Origin", evilOrigin}, 403, ""},
		"null":                           {"POST", "/closed", []string{"Origin", "null"}, 403, ""},
		"no origin at all":               {"POST", "/closed", []string{"Origin", "%"}, 403, ""},
		"picture of a foreign page":      {"GET", "/visit", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403, ""},
		"frame of a foreign page":        {"GET", "/visit", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403, ""},
		"link of a foreign page":         {"GET", "/visit", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200, ""},
		"form of a foreign page":         {"POST", "/closed", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 403, ""},
		"listed":                         {"POST", "/shop", []string{"Sec-Fetch-Site", "cross-site", "Origin", shopOrigin}, 200, shopOrigin},
		"listed with a port":             {"POST", "/shop", []string{"Origin", "http://localhost:5173"}, 200, "http://localhost:5173"},
		"not listed":                     {"POST", "/shop", []string{"Origin", evilOrigin}, 403, ""},
		"listed for another":             {"POST", "/closed", []string{"Origin", shopOrigin}, 403, ""},
		"listed as the beginning":        {"POST", "/shop", []string{"Origin", shopOrigin + ".evil.example"}, 403, ""},
		"listed with another scheme":     {"POST", "/shop", []string{"Origin", "http://shop.example"}, 403, ""},
		"site of a listed one alone":     {"POST", "/shop", []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		"all":                            {"POST", "/open", []string{"Origin", evilOrigin}, 200, evilOrigin},
		"all with null":                  {"POST", "/open", []string{"Origin", "null"}, 200, "null"},
		"all by the site alone":          {"POST", "/open", []string{"Sec-Fetch-Site", "cross-site"}, 200, ""},
		"document by a listed one":       {"GET", "/openapi.json", []string{"Origin", shopOrigin}, 200, shopOrigin},
		"metrics by a listed one":        {"GET", "/metrics", []string{"Origin", shopOrigin}, 403, ""},
		"unknown path by a listed one":   {"POST", "/none", []string{"Origin", shopOrigin}, 404, shopOrigin},
		"unknown method by a listed one": {"PUT", "/shop", []string{"Origin", shopOrigin}, 405, shopOrigin},
		"unknown method by another":      {"PUT", "/shop", []string{"Origin", "x"}, 405, "x"}, // all may, because of open
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.do(tt.method, tt.path, "", tt.headers...)
			if got.status != tt.status || got.header.Get("Access-Control-Allow-Origin") != tt.allowed {
				t.Fatalf("got %d for %q, want %d for %q; %s", got.status, got.header.Get("Access-Control-Allow-Origin"), tt.status, tt.allowed, got.body)
			}
			if tt.status >= 400 {
				got.problem(t, tt.status)
			}
		})
	}
}

func TestAPreflightIsAnsweredByTheRouteThatItAsksFor(t *testing.T) {
	t.Parallel()
	s := paged(t, adapter.Config{Tokens: []adapter.Token{{Tenant: "shop", Secret: tokenOfShop}}})
	ask := func(path, origin, method string, more ...string) answer {
		return s.do("OPTIONS", path, "", append([]string{"Origin", origin, "Access-Control-Request-Method", method}, more...)...)
	}
	got := ask("/shop", shopOrigin, "POST", "Access-Control-Request-Headers", "authorization,content-type,prefer")
	got.is(t, http.StatusNoContent, "")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": shopOrigin, "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Headers": "authorization,content-type,prefer", "Access-Control-Max-Age": "600",
		"Vary": "Accept-Encoding, Access-Control-Request-Method, Access-Control-Request-Headers, Origin",
	} {
		if lines := got.header[http.CanonicalHeaderKey(name)]; len(lines) != 1 || lines[0] != want {
			t.Errorf("%s: %q, want %q", name, lines, want)
		}
	}
	for name, tt := range map[string]struct {
		got    answer
		status int
	}{
		"all":               {ask("/open", evilOrigin, "POST"), 204},
		"not listed":        {ask("/shop", evilOrigin, "POST"), 403},
		"no page":           {ask("/closed", shopOrigin, "POST"), 403},
		"event":             {ask("/events", shopOrigin, "POST"), 204},
		"fetch":             {ask("/requests/x", shopOrigin, "GET"), 204},
		"cancel":            {ask("/requests/x", shopOrigin, "DELETE"), 204},
		"reply of a vertex": {ask("/requests/x/reply", shopOrigin, "PUT"), 404},
		"metrics":           {ask("/metrics", shopOrigin, "GET"), 403},
		"unknown route":     {ask("/none", shopOrigin, "POST"), 404},
		"unknown method":    {ask("/shop", shopOrigin, "PUT"), 405},
		"method of no kind": {ask("/shop", shopOrigin, "\"x"), 405},
		"no preflight":      {s.do("OPTIONS", "/shop", "", "Origin", shopOrigin), 405},
		"no origin":         {s.do("OPTIONS", "/shop", "", "Access-Control-Request-Method", "POST"), 405},
	} {
		if tt.got.status != tt.status {
			t.Errorf("%s: status %d, want %d; %s", name, tt.got.status, tt.status, tt.got.body)
		}
		if tt.status >= 400 {
			tt.got.problem(t, tt.status)
		}
		if tt.got.status == 403 && (tt.got.header.Get("Access-Control-Allow-Methods") != "" || !strings.Contains(tt.got.header.Get("Vary"), "Origin")) {
			t.Errorf("%s: header %v", name, tt.got.header)
		}
	}
	for _, names := range []string{strings.Repeat("a", 5000), "a\x80", "a:b"} {
		if got := ask("/shop", shopOrigin, "POST", "Access-Control-Request-Headers", names); got.header.Get("Access-Control-Allow-Headers") != "" {
			t.Errorf("%.20q is allowed", names)
		}
	}
}

const tokenOfShop = "shop-token-0123456789"

func TestAPageReadsEveryAnswerWithTheHeadersOfHoming(t *testing.T) {
	t.Parallel()
	slow := chain("slow", echo)
	slow.CORS.Origins = []string{shopOrigin}
	own := chain("own", echo)
	s := serve(t, setup{cfg: adapter.Config{Tokens: []adapter.Token{{Tenant: "shop", Secret: tokenOfShop}}}, chains: []functions.Chain{slow, own}})
	page, token := []string{"Origin", shopOrigin, "Sec-Fetch-Site", "cross-site"}, "Bearer "+tokenOfShop
	accepted := s.do("POST", "/slow", "x", append(page, "Authorization", token, "Prefer", "respond-async")...)
	other := s.do("POST", "/own", "x", "Authorization", token, "Prefer", "respond-async")
	location := accepted.header.Get("Location")
	for name, got := range map[string]answer{
		"202":   accepted,
		"401":   s.do("POST", "/slow", "x", page...),
		"reply": s.do("GET", location, "", append(page, "Authorization", token, "Prefer", "wait=10")...),
	} {
		if got.header.Get("Access-Control-Allow-Origin") != shopOrigin || !strings.Contains(got.header.Get("Vary"), "Origin") {
			t.Errorf("%s: %v", name, got.header)
		}
		for _, header := range []string{"Location", "Retry-After", "Preference-Applied", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy"} {
			if !strings.Contains(got.header.Get("Access-Control-Expose-Headers")+",", header+",") {
				t.Errorf("%s: %s is not to be read, %q", name, header, got.header.Get("Access-Control-Expose-Headers"))
			}
		}
		if got.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: credentials are allowed", name)
		}
	}
	s.do("GET", other.header.Get("Location"), "", append(page, "Authorization", token)...).problem(t, http.StatusForbidden)
	s.do("DELETE", other.header.Get("Location"), "", append(page, "Authorization", token)...).problem(t, http.StatusForbidden)
	asEvent := append(slices.Clone(page), "Authorization", token, "Content-Type", "text/plain", "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type")
	s.do("POST", "/events", "x", append(asEvent, "homing.own")...).problem(t, http.StatusForbidden)
	if got := s.do("POST", "/events", "x", append(asEvent, "homing.slow")...); got.status != http.StatusOK {
		t.Errorf("event: %d %s", got.status, got.body)
	}
}

func TestVaryNamesTheOriginAlsoWithoutOne(t *testing.T) {
	t.Parallel()
	s := paged(t, adapter.Config{})
	for path, want := range map[string]bool{"/shop": true, "/open": true, "/closed": false} {
		got := s.do("POST", path, "x").header.Values("Vary")
		if len(got) != 1 || strings.Contains(got[0], "Origin") != want {
			t.Errorf("%s: Vary %q", path, got)
		}
	}
}

func TestAFunctionCannotLetPagesIn(t *testing.T) {
	t.Parallel()
	c := chain("a", func(_ context.Context, in event.Event) (*event.Event, error) {
		out := in.Clone()
		functions.SetHeader(&out, "Access-Control-Allow-Origin", "*")
		return &out, nil
	})
	c.CORS.Origins = []string{shopOrigin}
	s := serve(t, setup{chains: []functions.Chain{c}})
	if got := s.do("POST", "/a", "x").header["Access-Control-Allow-Origin"]; got != nil {
		t.Errorf("without a page: %q", got)
	}
	if got := s.do("POST", "/a", "x", "Origin", shopOrigin).header["Access-Control-Allow-Origin"]; len(got) != 1 || got[0] != shopOrigin {
		t.Errorf("with one: %q", got)
	}
}
