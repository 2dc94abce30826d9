package adapter_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

func TestOpenAPIDocumentIsValidAndComplete(t *testing.T) {
	t.Parallel()
	item := chain("item", echo)
	item.Method, item.Path = "PUT", "/items/{id}/{rest...}"
	item.Query = []functions.Param{{Name: "w", Type: "integer", Description: "Width", Required: true}}
	item.Headers = []string{"Accept", "X-Word"}
	item.Consumes, item.Produces = []string{"image/png"}, []string{"image/jpeg"}
	read := chain("read", echo)
	read.Method = "GET"
	for name, tokens := range map[string][]adapter.Token{"open": nil, "secured": {{Tenant: "shop", Secret: shopToken}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setup{cfg: adapter.Config{Tokens: tokens}, chains: []functions.Chain{item, read, chain("echo", echo)}})
			got := s.do("GET", "/openapi.json", "", "Authorization", "Bearer "+shopToken)
			doc, err := openapi3.NewLoader().LoadFromData(got.body)
			if err != nil {
				t.Fatal(err)
			}
			if err := doc.Validate(t.Context()); err != nil {
				t.Error(err)
			}
			for path, method := range map[string]string{
				"/items/{id}/{rest}": "PUT", "/read": "GET", "/echo": "POST", "/events": "POST", "/requests/{id}": "DELETE",
			} {
				if p := doc.Paths.Find(path); p == nil || p.GetOperation(method) == nil {
					t.Errorf("%s %s is missing", method, path)
				}
			}
			if secured := len(doc.Security) > 0; secured != (tokens != nil) {
				t.Errorf("security: %v", doc.Security)
			}
		})
	}
}

// What chain.yaml allows must not make the document invalid.
func TestOpenAPIDocumentOfOddChainsIsValid(t *testing.T) {
	t.Parallel()
	named := func(name, method, path string) functions.Chain {
		c := chain(name, echo)
		c.Method, c.Path = method, path
		return c
	}
	odd := named("odd", "POST", "/odd")
	odd.Headers = []string{"prefer", "IDEMPOTENCY-KEY", "accept", "content-type", "authorization", "x-odd"}
	odd.Consumes, odd.Produces = []string{"text/plain; charset=utf-8", "image/*"}, []string{"*/*", "application/vnd.a+json;v=1"}
	odd.Query = []functions.Param{{Name: "a[]"}, {Name: "$b", Type: "boolean"}, {Name: "Prefer"}}
	for name, chains := range map[string][]functions.Chain{
		"none":          nil,
		"headers":       {odd},
		"names":         {named("cancel", "POST", "/a"), named("fetchReply", "POST", "/b"), named("sendEvent", "POST", "/c"), named("openapi", "POST", "/d")},
		"methods":       {named("a", "OPTIONS", "/a"), named("b", "HEAD", "/a"), named("c", "PATCH", "/a"), named("d", "DELETE", "/a"), named("e", "GET", "/a")},
		"escaped paths": {named("a", "POST", "/a%20b"), named("b", "POST", "/%7Bx%7D"), named("c", "POST", "/ä"), named("d", "POST", "/c/")},
		"wildcards": {
			named("a", "GET", "/a/{x}/{y}"), named("b", "POST", "/a/{x}/{y}"), named("c", "PUT", "/a/{z}/{y}"), named("d", "POST", "/b/{rest...}"),
		},
		"end of the path": {named("a", "GET", "/a/{$}"), named("b", "POST", "/{$}"), named("c", "POST", "/a/{x}/{$}")},
		"all that follows": {
			named("a", "GET", "/a/{rest...}"), named("b", "GET", "/a/{name}"), named("c", "GET", "/a/{$}"), named("d", "GET", "/a/{x}/{$}"),
			named("e", "GET", "/b/"), named("f", "GET", "/b/{$}"), named("g", "GET", "/b/{x}"), named("h", "GET", "/{all...}"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := declarationOf(t, serve(t, setup{chains: chains}))
			described := map[string]bool{}
			for _, item := range d.doc.Paths.Map() {
				for _, op := range item.Operations() {
					described[op.OperationID] = true
				}
			}
			for _, c := range chains {
				if !described[c.Name] {
					t.Errorf("%s %s is not in the document", c.Method, c.Path)
				}
			}
		})
	}
}

// The README's table and the document name the same failures, the README in
// their order.
func TestREADMEAndOpenAPINameTheSameFailures(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\d{3}) \|.*\|.*\w.*\|$`).FindAllStringSubmatch(string(readme), -1) {
		rows = append(rows, row[1])
	}
	if !slices.IsSorted(rows) {
		t.Errorf("the rows of the README are not sorted: %v", rows)
	}
	var declared []string
	for code := range declarationOf(t, serve(t, setup{})).doc.Components.Responses {
		if code >= "400" && code != "default" {
			declared = append(declared, code)
		}
	}
	if slices.Sort(declared); !slices.Equal(rows, declared) {
		t.Errorf("README.md has %v, /openapi.json has %v", rows, declared)
	}
}
