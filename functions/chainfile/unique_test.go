package chainfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions/chainfile"
)

// withChains is a file of chains from line 2 on, three lines each, of which
// the first and the second are given: the name and the route.
func withChains(heads ...[2]string) string {
	var b strings.Builder
	b.WriteString("chains:\n")
	for _, head := range heads {
		fmt.Fprintf(&b, "- name: %s\n  route: %s\n  steps: [quote.price]\n", head[0], head[1])
	}
	return b.String()
}

func TestChainsThatCollideAreRefused(t *testing.T) {
	t.Parallel()
	refuse(t, map[string]refused{
		"name": {
			withChains([2]string{"a", "GET /a"}, [2]string{"b", "GET /b"}, [2]string{"a", "GET /c"}),
			`chain.yaml:8:9: chains[2].name: a chain is named "a" already, at line 2`,
		},
		"route": {
			withChains([2]string{"a", "GET /a"}, [2]string{"b", "GET /b"}, [2]string{"c", "GET /a"}),
			`chain.yaml:9:10: chains[2].route: the route "GET /a" conflicts with "GET /a" of the chain "a", at line 3`,
		},
		"route with another name for a wildcard": {
			withChains([2]string{"a", "GET /a/{id}"}, [2]string{"b", "GET /a/{key}"}),
			`chain.yaml:6:10: chains[1].route: the route "GET /a/{key}" conflicts with "GET /a/{id}" of the chain "a", at line 3`,
		},
		"routes that overlap": {
			withChains([2]string{"a", "GET /q/a/{id}"}, [2]string{"b", "GET /q/{any}/b"}),
			`chain.yaml:6:10: chains[1].route: the route "GET /q/{any}/b" conflicts with "GET /q/a/{id}" of the chain "a", at line 3`,
		},
		"method and path pull apart": {
			withChains([2]string{"a", "GET /a/{id}"}, [2]string{"b", "HEAD /a/{all...}"}),
			`chain.yaml:6:10: chains[1].route: the route "HEAD /a/{all...}" conflicts with "GET /a/{id}" of the chain "a", at line 3`,
		},
		"written type": {
			withChains([2]string{"a\n  type: order", "GET /a"}, [2]string{"b\n  type: order", "GET /b"}),
			`chain.yaml:7:9: chains[1].type: the type "order" belongs to the chain "a" already, at line 3`,
		},
		"default type": {
			withChains([2]string{"a\n  type: homing.b", "GET /a"}, [2]string{"b", "GET /b"}),
			`chain.yaml:6:9: chains[1].name: the type "homing.b" belongs to the chain "a" already, at line 3`,
		},
		"chains that are wrong in other ways too": {
			withChains([2]string{"''", "GET"}, [2]string{"''", "GET"}),
			`
chain.yaml:2:9: chains[0].name: "" is not a name of letters, digits and dashes
chain.yaml:3:10: chains[0].route: "GET" is not METHOD /path
chain.yaml:5:9: chains[1].name: "" is not a name of letters, digits and dashes
chain.yaml:6:10: chains[1].route: "GET" is not METHOD /path`,
		},
	})
}

func TestNumberOfChainsIsLimited(t *testing.T) {
	t.Parallel()
	heads := make([][2]string, 1000, 1001)
	for i := range heads {
		heads[i] = [2]string{fmt.Sprintf("a%d", i), fmt.Sprintf("GET /a/%d", i)}
	}
	if chains, err := chainfile.Parse("chain.yaml", []byte(withChains(heads...)), known()); err != nil || len(chains) != len(heads) {
		t.Errorf("got %d chains and the error %v, want %d", len(chains), err, len(heads))
	}
	_, err := chainfile.Parse("chain.yaml", []byte(withChains(append(heads, [2]string{"one", "GET /more"})...)), known())
	if want := "chain.yaml:2:1: chains: 1001 chains are more than one file may have, 1000"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRoutesThatGoTogether(t *testing.T) {
	t.Parallel()
	file := withChains(
		[2]string{"a", "GET /a"}, [2]string{"b", "POST /a"}, [2]string{"c", "GET /a/"}, [2]string{"d", "GET /a/{id}"},
		[2]string{"e", "GET /{all...}"}, [2]string{"f", "HEAD /a"}, [2]string{"g", "GET /{$}"},
	)
	chains, err := chainfile.Parse("chain.yaml", []byte(file), known())
	if err != nil || len(chains) != 7 {
		t.Errorf("got %d chains and the error %v, want 7", len(chains), err)
	}
}
