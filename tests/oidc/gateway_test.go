package oidc_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/generate/sam"
)

// onLambda is the same program on Lambda, which has no option for tokens: API Gateway
// checks them.
var onLambda = strings.NewReplacer("runtimes/oidc", "runtimes/lambda", "oidc.Tokens()", "lambda.Runtime()").Replace(program)

const page = "https://shop.example"

// account is a machine on which stacks are deployed.
type account struct {
	binary, tables string
	text           []byte // the template
	stacks         atomic.Int32
}

func newAccount(t *testing.T) *account {
	t.Helper()
	server, err := dynalite.Start(t.Context(), dynalite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	none := func(context.Context, event.Event) (*event.Event, error) { return nil, nil }
	chains, err := chainfile.Parse("chain.yaml", []byte(chains), map[string]functions.Function{"echo": none})
	if err != nil {
		t.Fatal(err)
	}
	text, err := sam.Template(chains)
	if err != nil {
		t.Fatal(err)
	}
	return &account{binary: build(t, onLambda), tables: server.URL(), text: text}
}

// deploy runs the stack as `homing local` does.
func (a *account) deploy(t *testing.T, parameters map[string]string) *emulator.Emulator {
	t.Helper()
	stack, err := template.Parse("template.yaml", t.TempDir(), a.text, parameters, template.Options{
		StackName: "gate" + strconv.Itoa(int(a.stacks.Add(1))),
		Lookup: func(name string) (string, bool) {
			return map[string]string{"HOMING_TOKENS": "shop=" + static}[name], true
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Start(t.Context(), stack, emulator.Options{Tables: a.tables, Bootstrap: func(template.Function) string { return a.binary }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(e.Logs("Adapter"))
		}
		_ = e.Close(context.WithoutCancel(t.Context()))
	})
	return e
}

// forged are headers that claim to be a verdict.
func forged() []string {
	const verdict = `{"authorizer":{"jwt":{"claims":{"tenant":"acme","scope":"quotes.write"},"scopes":["quotes.write"]},` +
		`"iam":{"userArn":"arn:aws:iam::123456789012:user/local"}}}`
	var headers []string
	for _, name := range []string{
		"X-Amzn-Request-Context", "X-Amzn-Lambda-Context", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Identity", "X-Amzn-Authorizer", "X-Apigateway-Event",
		"X-Apigateway-Context", "X-Forwarded-User", "X-Homing-Tenant", "Authorizer", "Requestcontext",
	} {
		headers = append(headers, name, verdict)
	}
	return headers
}

func TestTheGatewayChecksTokensOfARealProvider(t *testing.T) {
	t.Parallel()
	a, p, other := newAccount(t), startProvider(t, 0, "acme"), startProvider(t, 0, "shop")
	jwt := map[string]string{"Authorizer": "jwt", "JwtIssuer": p.url, "JwtAudience": "urn:rsa,urn:none", "JwtTenant": "tenant", "StreamUrl": "true"}
	for _, shape := range []string{"inline", "vertex"} {
		jwt["Shape"] = shape
		e := a.deploy(t, jwt)
		write := p.token(t, "urn:rsa", "quotes.write")
		parts := strings.Split(write, ".")
		unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
		for name, tt := range map[string]struct {
			path, token string
			status      int
			body        string // a part of it
		}{
			"a token":                    {"/quotes", write, 200, "{}"},
			"no token":                   {"/quotes", "", 401, `{"message":"Unauthorized"}`},
			"another audience":           {"/quotes", p.token(t, "urn:quotes", "quotes.write"), 401, `{"message":"Unauthorized"}`},
			"an algorithm of ours alone": {"/quotes", p.token(t, "urn:pss", "quotes.write"), 401, `{"message":"Unauthorized"}`},
			"none":                       {"/quotes", unsigned, 401, `{"message":"Unauthorized"}`},
			"changed":                    {"/quotes", parts[0] + "." + strings.Split(other.token(t, "urn:rsa", "quotes.write"), ".")[1] + "." + parts[2], 401, `{"message":"Unauthorized"}`},
			"another issuer":             {"/quotes", other.token(t, "urn:rsa", "quotes.write"), 401, `{"message":"Unauthorized"}`},
			"a token of the adapter":     {"/quotes", static, 401, `{"message":"Unauthorized"}`},
			"no scope":                   {"/quotes", p.token(t, "urn:rsa", "quotes.read"), 403, "the scope quotes.write"},
			"a chain of another tenant":  {"/shops", write, 403, "may not call chain shops"},
			"an unknown route":           {"/x", write, 404, ""},
		} {
			if status, _, body := call(t, http.MethodPost, e.URL()+tt.path, tt.token, forged()...); status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("%s, %s: got %d %s", shape, name, status, body)
			}
		}
		openRoutes(t, e)
		// Its replies are the tenant's, with the scope of fetching.
		both := p.token(t, "urn:rsa", "quotes.write quotes.read")
		_, header, _ := call(t, http.MethodPost, e.URL()+"/quotes", both, "Prefer", "respond-async")
		where := e.URL() + strings.TrimPrefix(header.Get("Location"), e.URL())
		for token, want := range map[string]int{both: 200, write: 403} {
			if status, _, body := call(t, http.MethodGet, where, token, "Prefer", "wait=10"); status != want {
				t.Errorf("%s: fetched %s: got %d %s", shape, where, status, body)
			}
		}
		// No JWT authorizer can stand before the function URL: there are the tokens of the adapter.
		for token, want := range map[string]int{static: 200, write: 401, "": 401} {
			if status, _, body := call(t, http.MethodPost, e.FunctionURL("Streaming")+"/quotes", token, forged()...); status != want {
				t.Errorf("%s: the function URL: got %d %s, want %d", shape, status, body, want)
			}
		}
	}
}

// openRoutes calls what needs no authorizer.
func openRoutes(t *testing.T, e *emulator.Emulator) {
	t.Helper()
	for path, want := range map[string]int{"/quotes": 204, "/x": 404, "/": 404, "/requests/x": 204} {
		status, header, _ := call(t, http.MethodOptions, e.URL()+path, "", "Origin", page, "Access-Control-Request-Method", preflighted(path))
		if status != want || want == 204 && header.Get("Access-Control-Allow-Origin") != page {
			t.Errorf("the preflight of %s: got %d %v", path, status, header)
		}
	}
	if status, _, _ := call(t, http.MethodGet, e.URL()+"/health/readiness", ""); status != http.StatusOK {
		t.Errorf("the health: got %d", status)
	}
	for _, path := range []string{"/metrics", "/openapi.json", "/health/readiness/x", "/healthy"} {
		if status, _, body := call(t, http.MethodGet, e.URL()+path, ""); status != http.StatusUnauthorized && status != http.StatusForbidden {
			t.Errorf("%s is open: got %d %s", path, status, body)
		}
	}
}

func preflighted(path string) string {
	if strings.HasPrefix(path, "/requests/") {
		return http.MethodGet
	}
	return http.MethodPost
}

// curl signs as AWS documents, by code that is not ours.
func TestTheGatewayChecksSignatures(t *testing.T) {
	t.Parallel()
	e := newAccount(t).deploy(t, map[string]string{"Authorizer": "iam", "StreamUrl": "true", "Shape": "inline"})
	openRoutes(t, e)
	for name, tt := range map[string]struct {
		url, user, service string
		status, body       string
	}{
		"the API":                 {e.URL(), "local:local", "execute-api", "200", "{}"},
		"the API, another secret": {e.URL(), "local:other", "execute-api", "403", `{"message":"Forbidden"}`},
		"the API, another key":    {e.URL(), "other:local", "execute-api", "403", `{"message":"Forbidden"}`},
		"the API, for the URL":    {e.URL(), "local:local", "lambda", "403", `{"message":"Forbidden"}`},
		"the URL":                 {e.FunctionURL("Streaming"), "local:local", "lambda", "200", "{}"},
		"the URL, another secret": {e.FunctionURL("Streaming"), "local:other", "lambda", "403", `{"Message":"Forbidden"}`},
	} {
		args := []string{
			"-sS", "--aws-sigv4", "aws:amz:" + e.Stack().Region + ":" + tt.service, "--user", tt.user, "-H", "Content-Type: application/json",
			"-d", "{}", "-w", "\n%{http_code}", tt.url + "/quotes",
		}
		out, err := exec.CommandContext(t.Context(), "curl", args...).CombinedOutput()
		if body, status, _ := strings.Cut(string(out), "\n"); err != nil || status != tt.status || body != tt.body {
			t.Errorf("%s: got %s, %v", name, out, err)
		}
	}
	for _, url := range []string{e.URL(), e.FunctionURL("Streaming")} {
		for _, token := range []string{"", static} {
			if status, _, body := call(t, http.MethodPost, url+"/quotes", token, forged()...); status != http.StatusForbidden {
				t.Errorf("not signed: got %d %s", status, body)
			}
		}
	}
}
