package adapter_test

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

const tokenOfDesk = "desk-token-0123456789"

// caller is a column of the table.
type caller struct {
	title   string
	secured bool // the server has tokens
	linked  bool // it has a signed link for what has an id
	headers []string
	behind  bool // the server is behind an authorizer, and has no tokens
}

// verdict is a header by which a test says whom an authorizer has let in.
const verdict = "X-Test-Verdict"

// nobody is the verifier of a server behind an authorizer, as that on Lambda.
type nobody struct{}

func (nobody) Verify(context.Context, string) (adapter.Identity, error) {
	return adapter.Identity{}, adapter.ErrToken
}

func callers() []caller {
	shop, foreign := []string{"Authorization", "Bearer " + tokenOfShop}, []string{"Origin", evilOrigin, "Sec-Fetch-Site", "cross-site"}
	page := []string{"Origin", shopOrigin, "Sec-Fetch-Site", "cross-site"}
	return []caller{
		{"no tokens set: a client", false, false, nil, false},
		{"no tokens set: a foreign page", false, false, foreign, false},
		{"no tokens set: a page", false, false, page, false},
		{"tokens set: without one", true, false, nil, false},
		{"with an unknown one", true, false, []string{"Authorization", "Bearer xxxxxxxxxxxxxxxxxxxx"}, false},
		{"with that of the tenant", true, false, shop, false},
		{"with that of another", true, false, []string{"Authorization", "Bearer " + tokenOfDesk}, false},
		{"with a signed link", true, true, nil, false},
		{"a foreign page with the token", true, false, append(foreign, shop...), false},
		{"a page with the token", true, false, append(page, shop...), false},
		{"behind an authorizer: without a verdict", true, false, nil, true},
		{"with the verdict of the tenant", true, false, []string{verdict, "shop"}, true},
		{"with the verdict of another", true, false, []string{verdict, "desk"}, true},
	}
}

// rows are the routes, each with a call of it.
func rows() [][]string {
	event := []string{"Content-Type", "text/plain", "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.shop"}
	return [][]string{
		{"POST", "/shop"},
		{"GET", "/visit"},
		{"OPTIONS", "/shop", "Access-Control-Request-Method", "POST"},
		append([]string{"POST", "/events"}, event...),
		{"OPTIONS", "/events", "WebHook-Request-Origin", "eventgrid.azure.net"},
		{"GET", "/requests/{id}"},
		{"DELETE", "/requests/{id}"},
		{"PUT", "/requests/{id}/reply", "Ce-Replytoken", "r.9999999999.x", "Content-Type", "application/cloudevents+json"},
		{"GET", "/openapi.json"},
		{"GET", "/metrics"},
		{"GET", "/health/liveness"},
		{"GET", "/health/readiness"},
		{"PUT", "/shop"},
		{"GET", "/unknown"},
	}
}

func securityTable(t *testing.T) string {
	t.Helper()
	shop, visit := chain("shop", echo), chain("visit", echo)
	visit.Method = http.MethodGet
	for _, c := range []*functions.Chain{&shop, &visit} {
		c.Tenants, c.CORS.Origins = []string{"shop"}, []string{shopOrigin}
	}
	keys := reply.RandomKeys()
	tokens := []adapter.Token{{Tenant: "shop", Secret: tokenOfShop}, {Tenant: "desk", Secret: tokenOfDesk}}
	secured := serve(t, setup{cfg: adapter.Config{Tokens: tokens, LinkKeys: keys, ReplyKeys: keys}, chains: []functions.Chain{shop, visit}})
	behind := serve(t, setup{cfg: adapter.Config{Verifier: nobody{}, LinkKeys: keys, ReplyKeys: keys}, chains: []functions.Chain{shop, visit}})
	handler := behind.Config.Handler
	behind.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tenant := r.Header.Get(verdict); tenant != "" {
			r = r.WithContext(adapter.WithIdentity(r.Context(), adapter.Identity{Tenant: tenant}))
		}
		handler.ServeHTTP(w, r)
	})
	shop.Tenants, visit.Tenants = nil, nil
	open := serve(t, setup{cfg: adapter.Config{LinkKeys: keys, ReplyKeys: keys}, chains: []functions.Chain{shop, visit}})
	var b strings.Builder
	b.WriteString("| call |")
	for _, c := range callers() {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(callers())) + "\n")
	for _, row := range rows() {
		name := "`" + row[0] + " " + row[1] + "`"
		if row[0] == http.MethodOptions && row[1] == "/shop" {
			name = "preflight of `POST /shop`"
		}
		b.WriteString("| " + name + " |")
		for _, c := range callers() {
			s := open
			switch {
			case c.behind:
				s = behind
			case c.secured:
				s = secured
			}
			accepted := s.do("POST", "/shop", "x", "Authorization", "Bearer "+tokenOfShop, verdict, "shop", "Prefer", "respond-async, signed-link")
			location, link, _ := strings.Cut(accepted.header.Get("Location"), "?")
			path := strings.Replace(row[1], "/requests/{id}", location, 1)
			if c.linked {
				path += "?" + link
			}
			s.do("GET", location, "", "Authorization", "Bearer "+tokenOfShop, verdict, "shop", "Prefer", "wait=10") // so that it has completed
			b.WriteString(" " + strconv.Itoa(s.do(row[0], path, "", append(row[2:len(row):len(row)], c.headers...)...).status) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestTheSecurityTable sends each call of the table of docs/guides/security.md.
func TestTheSecurityTable(t *testing.T) {
	t.Parallel()
	const file = "../docs/guides/security.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "-run TestTheSecurityTable -->\n\n", "\n<!-- end -->"
	before, remaining, begins := strings.Cut(string(text), begin)
	_, after, ends := strings.Cut(remaining, end)
	if !begins || !ends {
		t.Fatalf("%s has no place for the table", file)
	}
	want := before + begin + securityTable(t) + end + after
	if string(text) == want {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") == "" {
		t.Fatalf("%s is not what is answered; run UPDATE_GOLDEN=1 go test ./adapter -run TestTheSecurityTable\n%s", file, securityTable(t))
	}
	if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}
