package chainfile_test

import "testing"

func TestRouteIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:3:12: chains[0].route: "
	const methods = " is not one of the methods GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
	refuse(t, map[string]refused{
		"no method":         {withRoute("/quote"), at + `"/quote" is not METHOD /path; did you mean "POST /quote"?`},
		"no path":           {withRoute("POST"), at + `"POST" is not METHOD /path`},
		"empty":             {withRoute("''"), at + `"" is not METHOD /path`},
		"two paths":         {withRoute("POST /a /b"), at + `"POST /a /b" is not METHOD /path`},
		"two spaces":        {withRoute("POST  /a"), at + `"POST  /a" is not METHOD /path; did you mean "POST /a"?`},
		"lower-case method": {withRoute("post /a"), at + `"post"` + methods + `; did you mean "POST /a"?`},
		"misspelt method":   {withRoute("DELTE /a"), at + `"DELTE"` + methods + `; did you mean "DELETE /a"?`},
		"method of a proxy": {withRoute("CONNECT /a"), at + `"CONNECT"` + methods},
		"relative path":     {withRoute("POST a"), at + `the path "a" does not start with a slash`},
		"host":              {withRoute("POST example.com/a"), at + `the path "example.com/a" does not start with a slash`},
		"query":             {withRoute("GET /a?w={w}"), at + `the path "/a?w={w}" holds a ? or #; name the parameters under query`},
		"fragment":          {withRoute("GET /a#b"), at + `the path "/a#b" holds a ? or #; name the parameters under query`},
		"bad percent":       {withRoute("GET /a%2"), at + `the path "/a%2" has a % that two hexadecimal digits do not follow`},
		"control character": {withRoute(`"GET /a\x01"`), at + `the path "/a\x01" holds a control character`},
		"double slash": {
			withRoute("GET /a//b"),
			at + `the path "/a//b" is not a pattern: non-CONNECT pattern with unclean path can never match`,
		},
		"open wildcard": {
			withRoute("GET /a/{id"),
			at + `the path "/a/{id" is not a pattern: bad wildcard segment (must end with '}')`,
		},
		"wildcard named twice": {
			withRoute("GET /{id}/{id}"),
			at + `the path "/{id}/{id}" is not a pattern: duplicate wildcard name "id"`,
		},
		"number": {withRoute("5"), at + `expected a route such as "POST /quote", found the number 5`},
	})
}

func TestRouteOfTheAdapterIsReserved(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:3:12: chains[0].route: "
	reserved := func(path, own string) string {
		return at + `the path "` + path + `" is reserved: the adapter itself answers ` + own + ` and all below it`
	}
	refuse(t, map[string]refused{
		"requests":    {withRoute("GET /requests"), reserved("/requests", "/requests")},
		"one request": {withRoute("GET /requests/{id}"), reserved("/requests/{id}", "/requests")},
		"events":      {withRoute("PUT /events/"), reserved("/events/", "/events")},
		"health":      {withRoute("GET /health/liveness"), reserved("/health/liveness", "/health")},
		"metrics":     {withRoute("GET /metrics"), reserved("/metrics", "/metrics")},
		"openapi":     {withRoute("GET /openapi.json"), reserved("/openapi.json", "/openapi.json")},
		"numaflow":    {withRoute("POST /v1/process/sync"), reserved("/v1/process/sync", "/v1/process")},
		"escaped":     {withRoute("POST /%65vents"), reserved("/%65vents", "/events")},
		"overlapping": {
			withRoute("GET /{any}/liveness"),
			at + `the route "GET /{any}/liveness" conflicts with "GET /requests/" of the adapter`,
		},
	})
}
