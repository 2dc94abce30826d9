package adapter_test

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/basepath"
	"github.com/homing-dev/homing/runtimes"
)

func TestRoutesAreFoundAndLinksLeadBackBehindABasePath(t *testing.T) {
	t.Parallel()
	g := newGated()
	late := chain("late", g.obedient)
	late.Timeout = 200 * time.Millisecond
	chains := []functions.Chain{routed("report", "POST", "/report/{rest...}"), chain("echo", echo), late, chain("gated", g.obedient)}
	for name, tt := range map[string]struct {
		configured, platform string
		sent                 []string // in front of the paths of requests
		link                 string
	}{
		"none":                       {"", "", []string{""}, ""},
		"configured":                 {"/shop", "", []string{"/shop", "", "/%73hop"}, "/shop"},
		"configured, two segments":   {"/shop/v1", "", []string{"/shop/v1", ""}, "/shop/v1"},
		"of the platform":            {"", "/prod", []string{""}, "/prod"},
		"both, the whole configured": {"/prod/shop", "/prod", []string{"/shop", ""}, "/prod/shop"},
		"nothing in front":           {"/", "/prod", []string{""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{t: t}
			a, err := runtimes.Inline(chains, adapter.Config{
				Store: memory.New(memory.Options{}), BasePath: tt.configured, Logger: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				a.ServeHTTP(w, r.WithContext(basepath.With(r.Context(), tt.platform)))
			}))
			defer s.Close()
			for _, front := range tt.sent {
				s.do("POST", front+"/report/a%2Fb//c?x=1", "").is(t, http.StatusOK, "/report/a%2Fb//c|/report/a%2Fb//c|x=1")
				s.do("GET", front+"/health/liveness", "").is(t, http.StatusOK, "ALIVE\n")
				s.linksLeadBack(t, front, tt.link)
			}
		})
	}
}

// linksLeadBack checks the links of all answers that have some.
func (s *server) linksLeadBack(t *testing.T, front, link string) {
	t.Helper()
	const event = "application/cloudevents+json"
	accepted := s.do("POST", front+"/echo", "x", "Prefer", "respond-async")
	keyed := s.do("POST", front+"/echo", "x", "Prefer", "wait=0", "Idempotency-Key", strings.ReplaceAll(front, "/", "-")+"k")
	sent := s.do("POST", front+"/events", `{"specversion":"1.0","id":"1","source":"/s","type":"homing.echo"}`, "Content-Type", event,
		"Prefer", "respond-async")
	for _, got := range []answer{accepted, keyed, sent} {
		if got.status == http.StatusOK { // the reply was there already
			continue
		}
		var doc struct{ Location string }
		at := got.header.Get("Location")
		if err := json.Unmarshal(got.body, &doc); err != nil || doc.Location != at || !strings.HasPrefix(at, link+"/requests/") {
			t.Errorf("%s: Location %q, body %s, %v", front, at, got.body, err)
		}
	}
	at := front + strings.TrimPrefix(accepted.header.Get("Location"), link)
	s.do("GET", at, "", "Prefer", "wait=10").is(t, http.StatusOK, "x")
	if p := s.do("DELETE", at, "").problem(t, http.StatusConflict); !strings.Contains(p.Detail, "GET "+link+"/requests/") {
		t.Errorf("%s: the detail of 409: %s", front, p.Detail)
	}
	running := s.do("POST", front+"/gated", "x", "Prefer", "respond-async").header.Get("Location")
	if got := s.do("GET", front+strings.TrimPrefix(running, link), ""); got.header.Get("Location") != running {
		t.Errorf("%s: while it runs: Location %q, want %q", front, got.header.Get("Location"), running)
	}
	s.do("DELETE", front+strings.TrimPrefix(running, link), "")
	got := s.do("POST", front+"/late", "x", "Idempotency-Key", strings.ReplaceAll(front, "/", "-")+"l")
	if where := got.header.Get("Location"); got.status == http.StatusGatewayTimeout && where != "" && !strings.HasPrefix(where, link+"/requests/") {
		t.Errorf("%s: Location of 504 %q", front, where)
	}
	s.openAPILeadsBack(t, front, link)
}

func (s *server) openAPILeadsBack(t *testing.T, front, link string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(s.do("GET", front+"/openapi.json", "").body)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	var servers []string
	for _, server := range doc.Servers {
		servers = append(servers, server.URL)
	}
	if want := []string{cmp.Or(link, "/")}; !slices.Equal(servers, want) {
		t.Errorf("%s: servers %q, want %q", front, servers, want)
	}
}

func TestABasePathThatIsNoneIsAnError(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"shop", "/shop/", "//shop", "/a/../b", "https://example.com", "/a?b", "/a b"} {
		if _, err := adapter.New(adapter.Config{Store: memory.New(memory.Options{}), BasePath: base}); err == nil || !strings.Contains(err.Error(), base) {
			t.Errorf("%q: got %v", base, err)
		}
	}
}
