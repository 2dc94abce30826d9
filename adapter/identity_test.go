package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

// verifier lets tokens in by a table.
type verifier map[string]adapter.Identity

func (v verifier) Verify(_ context.Context, token string) (adapter.Identity, error) {
	if token == "down" {
		return adapter.Identity{}, errors.New("the issuer at 10.0.0.1 is away")
	}
	if id, ok := v[token]; ok {
		return id, nil
	}
	return adapter.Identity{}, fmt.Errorf("%w: it has expired (exp)", adapter.ErrToken)
}

// here serves a chain that answers its input.
func here(c functions.Chain) adapter.Served {
	return adapter.Served{Chain: c, Carrier: carrierFunc(func(_ context.Context, in event.Event) (carrier.Result, error) {
		return carrier.Result{Event: &in}, nil
	})}
}

// guarded returns an adapter with a token, a verifier, and chains with scopes and
// tenants.
func guarded(t *testing.T) http.Handler {
	t.Helper()
	open, scoped, mine := chain("open", echo), chain("scoped", echo), chain("mine", echo)
	scoped.Scopes, mine.Tenants = functions.Scopes{Call: "call.it", Fetch: "fetch.it", Cancel: "cancel.it"}, []string{"acme"}
	a, err := adapter.New(adapter.Config{
		Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler),
		Tokens:   []adapter.Token{{Tenant: "shop", Secret: "0123456789abcdef"}},
		Verifier: verifier{"caller": {Tenant: "acme", Scopes: []string{"call.it"}}, "reader": {Tenant: "acme", Scopes: []string{"fetch.it", "cancel.it"}}},
	}, here(open), here(scoped), here(mine))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	a := guarded(t)
	send := func(method, path, authorization string, id *adapter.Identity, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader("{}"))
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		if id != nil {
			r = r.WithContext(adapter.WithIdentity(r.Context(), *id))
		}
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w
	}
	location := send(http.MethodPost, "/scoped", "Bearer caller", nil, "Prefer", "respond-async").Header().Get("Location")
	for name, tt := range map[string]struct {
		method, path, authorization string
		id                          *adapter.Identity
		status                      int
		challenge                   string
	}{
		"no token":                       {http.MethodPost, "/open", "", nil, 401, `Bearer realm="homing"`},
		"another scheme":                 {http.MethodPost, "/open", "Basic caller", nil, 401, `Bearer realm="homing"`},
		"a token of the table":           {http.MethodPost, "/open", "bearer caller", nil, 200, ""},
		"a token of Tokens":              {http.MethodPost, "/scoped", "Bearer 0123456789abcdef", nil, 200, ""},
		"an expired one":                 {http.MethodPost, "/open", "Bearer old", nil, 401, `error="invalid_token"`},
		"the issuer is away":             {http.MethodPost, "/open", "Bearer down", nil, 503, ""},
		"without its scope":              {http.MethodPost, "/scoped", "Bearer reader", nil, 403, `scope="call.it"`},
		"another tenant":                 {http.MethodPost, "/mine", "Bearer 0123456789abcdef", nil, 403, ""},
		"its tenant":                     {http.MethodPost, "/mine", "Bearer caller", nil, 200, ""},
		"fetched without its scope":      {http.MethodGet, location, "Bearer caller", nil, 403, `scope="fetch.it"`},
		"cancelled without its scope":    {http.MethodDelete, location, "Bearer caller", nil, 403, `scope="cancel.it"`},
		"of another tenant":              {http.MethodGet, location, "Bearer 0123456789abcdef", nil, 404, ""},
		"fetched":                        {http.MethodGet, location, "Bearer reader", nil, 200, ""},
		"let in by the platform":         {http.MethodPost, "/mine", "", &adapter.Identity{Tenant: "acme"}, 200, ""},
		"let in, without the scope":      {http.MethodPost, "/scoped", "", &adapter.Identity{Tenant: "acme"}, 403, `scope="call.it"`},
		"let in, the header is not read": {http.MethodPost, "/mine", "Bearer 0123456789abcdef", &adapter.Identity{Tenant: "acme"}, 200, ""},
		"a certificate's":                {http.MethodPost, "/mine", "", &adapter.Identity{Tenant: "acme", Default: true}, 200, ""},
		"a token counts before it":       {http.MethodPost, "/mine", "Bearer 0123456789abcdef", &adapter.Identity{Tenant: "acme", Default: true}, 403, ""},
		"with all that the token may":    {http.MethodPost, "/scoped", "Bearer 0123456789abcdef", &adapter.Identity{Tenant: "acme", Default: true}, 200, ""},
		"an invalid one, too":            {http.MethodPost, "/mine", "Bearer of-nobody", &adapter.Identity{Tenant: "acme", Default: true}, 401, ""},
		"metrics without a token":        {http.MethodGet, "/metrics", "", nil, 401, `Bearer realm="homing"`},
	} {
		got := send(tt.method, tt.path, tt.authorization, tt.id, "Prefer", "wait=10")
		if got.Code != tt.status || !strings.Contains(got.Header().Get("WWW-Authenticate"), tt.challenge) {
			t.Errorf("%s: got %d, %q, %s", name, got.Code, got.Header().Get("WWW-Authenticate"), got.Body)
		}
		if strings.Contains(got.Body.String(), "10.0.0.1") {
			t.Errorf("%s: the caller is shown %s", name, got.Body)
		}
	}
}

// Whom the platform lets in, and nobody else asks for a token, is no admin for that.
func TestTheConsoleIsForAdmins(t *testing.T) {
	t.Parallel()
	a, err := adapter.New(adapter.Config{
		Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler), Admins: []string{"ops"},
		Console: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }),
	}, here(chain("open", echo)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	for name, tt := range map[string]struct {
		id     *adapter.Identity
		status int
	}{
		"nobody is asked": {nil, 204},
		"a tenant":        {&adapter.Identity{Tenant: "shop", AllScopes: true, Default: true}, 403},
		"an admin":        {&adapter.Identity{Tenant: "ops", AllScopes: true, Default: true}, 204},
		"by its scope":    {&adapter.Identity{Tenant: "shop", Scopes: []string{adapter.AdminScope}}, 204},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_homing/api/overview", nil)
		if tt.id != nil {
			r = r.WithContext(adapter.WithIdentity(r.Context(), *tt.id))
		}
		w := httptest.NewRecorder()
		if a.ServeHTTP(w, r); w.Code != tt.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
