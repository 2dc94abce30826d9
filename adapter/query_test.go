package adapter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
)

func TestAQueryThatCannotBeParsedWholeIs400AndNamesThePlace(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{routed("q", "GET", "/q"), routed("wild", "GET", "/wild/{x}"), chain("echo", echo)}})
	for query, place := range map[string]string{
		"a=%zz&c=3":                            `"a=%zz" at byte 0`,
		"c=3&a=%zz":                            `"a=%zz" at byte 4`,
		"a=1;b=2&c=3":                          `"a=1;b=2" at byte 0`,
		"&&x=1&;":                              `";" at byte 6`,
		"a=%":                                  `"a=%" at byte 0`,
		"a=%2":                                 `"a=%2" at byte 0`,
		"%=1":                                  `"%=1" at byte 0`,
		"ok&%f&ok":                             `"%f" at byte 3`,
		"a=%ff":                                `"a=%ff" at byte 0`,
		"b=1&%C3=1":                            `"%C3=1" at byte 4`,
		"a=%C3&b=%A9":                          `"a=%C3" at byte 0`,
		"a=%ED%A0%80":                          `"a=%ED%A0%80" at byte 0`,
		"a=" + strings.Repeat("x", 200) + "%z": `at byte 0`,
		strings.Repeat("&", 10_000):            `10000`,
		strings.Repeat("a&", 10_001):           `10000`,
	} {
		for _, target := range []string{
			"GET /q", "HEAD /q", "GET /wild/x", "POST /events", "POST /echo", "GET /openapi.json",
			"GET /requests/01a20441-0340-7d5c-93a4-126c4e5a5056", "DELETE /requests/01a20441-0340-7d5c-93a4-126c4e5a5056",
		} {
			method, path, _ := strings.Cut(target, " ")
			got := s.do(method, path+"?"+query, "")
			if method == http.MethodHead {
				if got.status != http.StatusBadRequest {
					t.Errorf("%s?%.30s: got %d", target, query, got.status)
				}
				continue
			}
			if p := got.problem(t, http.StatusBadRequest); !strings.Contains(p.Detail, place) || len(p.Detail) > 300 {
				t.Errorf("%s?%.30s: the place is not in %q", target, query, p.Detail)
			}
		}
	}
	s.do("GET", "/none?a=%zz", "").problem(t, http.StatusNotFound)
	s.do("PUT", "/q?a=%zz", "").problem(t, http.StatusMethodNotAllowed)
}

func TestAQueryThatCanBeParsedReachesTheFunctionAsItWasSent(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{routed("q", "GET", "/q")}})
	for _, query := range []string{
		"a=1&a=2&b", "&&a=1&", "=", "a==b=", "a=%26%3B%3d", "a=x+y%20z", "a=caf%C3%A9&%E2%82%AC=1", "a=%00", "a=?/:@!$'()*,", "a=100%25zz",
		strings.Repeat("a&", 9_999), "caf\u00e9=1",
	} {
		s.do("GET", "/q?"+query, "").is(t, http.StatusOK, "/q|/q|"+query)
	}
}
