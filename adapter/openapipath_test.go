package adapter_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/homing-dev/homing/functions"
)

func TestOpenAPIIsValidWhateverThePathsAre(t *testing.T) {
	t.Parallel()
	for i, routes := range [][][2]string{
		{{"GET", "/a/{$}"}, {"GET", "/{$}"}},
		{{"GET", "/a/{$}"}, {"GET", "/a/"}, {"POST", "/a/"}},
		{{"GET", "/a/{rest...}"}, {"POST", "/a/{x}"}, {"PUT", "/a/{y}"}},
		{{"GET", "/a/{rest...}"}, {"GET", "/a/{x}"}},
		{{"GET", "/a/{x}/{$}"}, {"POST", "/a/{y}/"}, {"DELETE", "/a/{z}/{rest...}"}},
		{{"GET", "/{rest...}"}, {"GET", "/a%7Bb%7D"}, {"POST", "/caf%C3%A9/{n\u00e4me}"}},
		{{"PURGE", "/a"}, {"GET", "/a"}, {"CONNECT", "/a"}},
		{{"POST", "/requests/{other}"}},
	} {
		var chains []functions.Chain
		for n, r := range routes {
			chains = append(chains, routed("c"+strconv.Itoa(n), r[0], r[1]))
		}
		s := serve(t, setup{chains: chains})
		doc, err := openapi3.NewLoader().LoadFromData(s.do("GET", "/openapi.json", "").body)
		if err != nil {
			t.Fatal(i, err)
		}
		if err := doc.Validate(t.Context()); err != nil {
			t.Errorf("%d: %v", i, err)
		}
		var found []string
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				found = append(found, op.OperationID)
			}
			for _, more := range item.Extensions {
				op, _ := more.(map[string]any)
				id, _ := op["operationId"].(string)
				found = append(found, id)
			}
		}
		for _, c := range chains {
			if !slices.Contains(found, c.Name) {
				t.Errorf("%d: %s %s is missing in %q", i, c.Method, c.Path, found)
			}
		}
	}
}
