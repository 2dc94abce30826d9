package oidc_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/freeport"
	"github.com/homing-dev/homing/tests/internal/wait"
)

const chains = `chains:
  - name: quotes
    route: POST /quotes
    scopes: {call: quotes.write, fetch: quotes.read, cancel: quotes.write}
    cors: {origins: ["https://shop.example"]}
    steps: [echo]
  - name: shops
    route: POST /shops
    tenants: [shop]
    steps: [echo]
`

const program = `package main

import (
	"context"
	_ "embed"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/oidc"
)

//go:embed chain.yaml
var chains []byte

func main() {
	echo := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
	runtimes.Main(chains, functions.Map{"echo": echo}, oidc.Tokens())
}
`

const static = "0123456789abcdef"

// build builds an app inside this module, whose internal packages it imports, from
// files that are elsewhere: what else reads the module meanwhile does not see them.
func build(t *testing.T, program string) (binary string) {
	t.Helper()
	dir, overlay := t.TempDir(), map[string]map[string]string{"Replace": {}}
	for name, text := range map[string]string{"main.go": program, "chain.yaml": chains} {
		at, err := filepath.Abs(filepath.Join("app", name))
		if err != nil {
			t.Fatal(err)
		}
		overlay["Replace"][at] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "binary")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, "./app").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// startApp builds an app with the option, and serves it.
func startApp(t *testing.T, issuer string) (base string) {
	t.Helper()
	binary := build(t, program)
	address := "127.0.0.1:" + strconv.Itoa(freeport.Take(t))
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), "HOMING_LISTEN="+address, "HOMING_JWT_ISSUERS="+issuer, "HOMING_JWT_AUDIENCE=urn:quotes,urn:rsa,urn:pss",
		"HOMING_JWT_TENANT=tenant", "HOMING_TOKENS=shop="+static)
	start(t, cmd, "http://"+address+"/health/readiness")
	return "http://" + address
}

// call returns the answer to a call and what it asks for.
func call(t *testing.T, method, url, token string, headers ...string) (status int, header http.Header, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

func TestTokensOfARealProvider(t *testing.T) {
	t.Parallel()
	p := startProvider(t, 0, "acme")
	other := startProvider(t, 0, "shop")
	base := startApp(t, p.url)
	for name, tt := range map[string]struct {
		path, token string
		status      int
		challenge   string
	}{
		"no token":                   {"/quotes", "", 401, `Bearer realm="homing"`},
		"a token of HOMING_TOKENS":   {"/quotes", static, 200, ""},
		"an ES256 token":             {"/quotes", p.token(t, "urn:quotes", "quotes.write"), 200, ""},
		"an RS256 token":             {"/quotes", p.token(t, "urn:rsa", "quotes.write"), 200, ""},
		"a PS256 token":              {"/quotes", p.token(t, "urn:pss", "quotes.write"), 200, ""},
		"another audience":           {"/quotes", p.token(t, "urn:other", "quotes.write"), 401, `error="invalid_token"`},
		"no scope":                   {"/quotes", p.token(t, "urn:quotes", "quotes.read"), 403, `error="insufficient_scope", scope="quotes.write"`},
		"another issuer":             {"/quotes", other.token(t, "urn:quotes", "quotes.write"), 401, `error="invalid_token"`},
		"a chain of another tenant":  {"/shops", p.token(t, "urn:quotes", "quotes.write"), 403, ""},
		"a chain of the same tenant": {"/shops", static, 200, ""},
	} {
		status, header, body := call(t, http.MethodPost, base+tt.path, tt.token)
		if status != tt.status || !strings.Contains(header.Get("WWW-Authenticate"), tt.challenge) {
			t.Errorf("%s: got %d, %q, %s", name, status, header.Get("WWW-Authenticate"), body)
		}
	}
	// Fetching and cancelling have scopes of their own.
	both := p.token(t, "urn:quotes", "quotes.write quotes.read")
	_, header, _ := call(t, http.MethodPost, base+"/quotes", both, "Prefer", "respond-async")
	where := base + header.Get("Location")
	for name, tt := range map[string]struct {
		method, token string
		status        int
	}{
		"fetched":              {http.MethodGet, both, 200},
		"fetched without":      {http.MethodGet, p.token(t, "urn:quotes", "quotes.write"), 403},
		"cancelled without":    {http.MethodDelete, p.token(t, "urn:quotes", "quotes.read"), 403},
		"of another tenant":    {http.MethodGet, static, 404},
		"without who it is of": {http.MethodGet, "", 401},
	} {
		if status, _, body := call(t, tt.method, where, tt.token, "Prefer", "wait=10"); status != tt.status {
			t.Errorf("%s: got %d, %s", name, status, body)
		}
	}
}

func TestKeysOfAnIssuerMayChangeAndItMayBeAway(t *testing.T) {
	t.Parallel()
	port := freeport.Take(t)
	base := startApp(t, "http://127.0.0.1:"+strconv.Itoa(port)) // nobody is there yet
	first := startProvider(t, port, "acme")
	old := first.token(t, "urn:quotes", "quotes.write")
	if status, _, body := call(t, http.MethodPost, base+"/quotes", old); status != http.StatusOK {
		t.Fatalf("got %d, %s", status, body)
	}
	first.stop()
	if status, _, body := call(t, http.MethodPost, base+"/quotes", old); status != http.StatusOK {
		t.Errorf("while the issuer is away: got %d, %s", status, body)
	}
	renewed := startProvider(t, port, "acme").token(t, "urn:quotes", "quotes.write")
	wait.Eventually(t, "a call with the new key", func() bool { // keys are read every ten seconds at most
		status, _, _ := call(t, http.MethodPost, base+"/quotes", renewed)
		return status == http.StatusOK
	})
}
