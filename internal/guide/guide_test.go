package guide_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/guide"
)

const base = "http://127.0.0.1:8080"

func there(string) bool { return true }

func TestCurl(t *testing.T) {
	t.Parallel()
	quote := functions.Chain{Name: "quote", Method: "POST", Path: "/quote", Consumes: []string{"application/json"}}
	thumbnail := functions.Chain{Name: "thumbnail", Method: "POST", Path: "/thumbnail", Consumes: []string{"image/png"}, Produces: []string{"image/jpeg"}}
	for name, tc := range map[string]struct {
		guide guide.Guide
		chain functions.Chain
		want  string
	}{
		"a file of the chain's name in testdata": {
			guide.Guide{Exists: there},
			quote,
			"curl -sS -H 'Content-Type: application/json' --data-binary @testdata/quote.json http://127.0.0.1:8080/quote",
		},
		"with tokens": {
			guide.Guide{Tokens: true},
			quote,
			`curl -sS -H "Authorization: Bearer $HOMING_TOKEN" -H 'Content-Type: application/json' --data-binary @quote.json http://127.0.0.1:8080/quote`,
		},
		"with signatures": {
			guide.Guide{SignedIn: "eu-west-1"},
			quote,
			"curl -sS --aws-sigv4 aws:amz:eu-west-1:execute-api --user local:local -H 'Content-Type: application/json' --data-binary @quote.json http://127.0.0.1:8080/quote",
		},
		"a picture": {
			guide.Guide{Exists: func(string) bool { return false }},
			thumbnail,
			"curl -sS -H 'Content-Type: image/png' --data-binary @thumbnail.png http://127.0.0.1:8080/thumbnail -o out.jpg",
		},
		"JSON": {
			guide.Guide{},
			functions.Chain{Name: "pay", Method: "POST", Path: "/pay", Consumes: []string{"application/vnd.pay+json; v=1"}},
			"curl -sS -H 'Content-Type: application/vnd.pay+json; v=1' --data-binary @pay.json http://127.0.0.1:8080/pay",
		},
		"PUT of anything, with wildcards": {
			guide.Guide{},
			functions.Chain{Name: "put", Method: "PUT", Path: "/files/{id}/{path...}"},
			"curl -sS -X PUT -H 'Content-Type: application/octet-stream' --data-binary @put http://127.0.0.1:8080/files/ID/PATH",
		},
		"GET with parameters": {
			guide.Guide{},
			functions.Chain{
				Name: "find", Method: "GET", Path: "/find/{$}", Produces: []string{"application/pdf"},
				Query: []functions.Param{
					{Name: "q", Type: "string", Required: true},
					{Name: "n", Type: "integer", Required: true},
					{Name: "all", Type: "boolean", Required: true},
					{Name: "left", Type: "string"},
				},
			},
			"curl -sS 'http://127.0.0.1:8080/find/?all=true&n=1&q=TEXT' -o out.pdf",
		},
		"DELETE": {
			guide.Guide{},
			functions.Chain{Name: "del", Method: "DELETE", Path: "/x", Produces: []string{"text/plain"}},
			"curl -sS -X DELETE http://127.0.0.1:8080/x",
		},
		"HEAD": {
			guide.Guide{},
			functions.Chain{Name: "h", Method: "HEAD", Path: "/x"},
			"curl -sS -I http://127.0.0.1:8080/x",
		},
		"a range of types": {
			guide.Guide{},
			functions.Chain{Name: "img", Method: "POST", Path: "/img", Consumes: []string{"image/*"}, Produces: []string{"image/jpeg"}},
			"curl -sS -H 'Content-Type: application/octet-stream' --data-binary @img.bin http://127.0.0.1:8080/img -o out.jpg",
		},
		"a path that a shell would read": {
			guide.Guide{},
			functions.Chain{Name: "p", Method: "GET", Path: "/it's/$HOME"},
			`curl -sS 'http://127.0.0.1:8080/it'\''s/$HOME'`,
		},
	} {
		tc.guide.Base = base
		if got := tc.guide.Curl(tc.chain); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tc.want)
		}
	}
}

func TestCurlIsOneCommandForTheShell(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	const path = `/a'b"c$(false)` + "`false`" + `\d;e&f|g*h?i`
	g := guide.Guide{Base: base}
	line := g.Curl(functions.Chain{Name: "p", Method: "GET", Path: path})
	out, err := exec.CommandContext(t.Context(), shell, "-c", "curl() { printf '%s\\n' \"$@\"; }; "+line).Output()
	if want := "-sS\n" + base + path + "\n"; err != nil || string(out) != want {
		t.Errorf("the shell reads %q, %v; want %q", out, err, want)
	}
}

func TestGuideListsEveryRoute(t *testing.T) {
	t.Parallel()
	g := guide.Guide{Base: base, Tokens: true, Chains: []functions.Chain{
		{Name: "quote", Method: "POST", Path: "/quote", Description: "Prices\n an order"},
		{Name: "other", Method: "GET", Path: "/other"},
	}}
	got := g.String()
	for _, want := range []string{
		"Serving 2 chains on http://127.0.0.1:8080\n", "\nPOST /quote  Prices an order\n  curl ", "\nGET /other\n  curl ",
		"HOMING_TOKEN", "/openapi.json", "Ctrl-C",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	g.Chains, g.Tokens = g.Chains[:1], false
	if got := g.String(); !strings.HasPrefix(got, "Serving 1 chain on") || strings.Contains(got, "TOKEN") {
		t.Errorf("one chain without tokens: %s", got)
	}
}
