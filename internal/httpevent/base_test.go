package httpevent_test

import (
	"encoding/json"
	"testing"

	"github.com/homing-dev/homing/internal/httpevent"
)

// object is a JSON object.
type object = map[string]any

func v1(version, resource, path, outward, stage, proxy string) object {
	event := object{
		"httpMethod": "GET", "resource": resource, "path": path,
		"requestContext": object{"path": outward, "stage": stage, "resourcePath": resource},
	}
	if version != "" {
		event["version"] = version
	}
	if proxy != "" {
		event["pathParameters"] = object{"proxy": proxy}
	}
	return event
}

func v2(routeKey, path, stage, proxy string) object {
	event := object{
		"version": "2.0", "routeKey": routeKey, "rawPath": path,
		"requestContext": object{"http": object{"method": "GET", "path": path}, "stage": stage, "routeKey": routeKey},
	}
	if proxy != "" {
		event["pathParameters"] = object{"proxy": proxy}
	}
	return event
}

func TestWhatStandsInFrontOfARouteIsItsBasePath(t *testing.T) {
	t.Parallel()
	const any = "/{proxy+}"
	for name, tt := range map[string]struct {
		event      object
		path, base string
	}{
		"REST":                        {v1("", any, "/quote", "/prod/quote", "prod", "quote"), "/quote", "/prod"},
		"REST, a resource":            {v1("", "/items/{id}", "/items/7", "/prod/items/7", "prod", ""), "/items/7", "/prod"},
		"REST, the root":              {v1("", "/", "/", "/prod/", "prod", ""), "/", "/prod"},
		"REST, the root, no slash":    {v1("", "/", "/", "/prod", "prod", ""), "/", "/prod"},
		"REST, mapped":                {v1("", any, "/shop/quote", "/shop/quote", "prod", "quote"), "/quote", "/shop"},
		"REST, mapped twice":          {v1("", any, "/a/b/quote/x", "/a/b/quote/x", "prod", "quote/x"), "/quote/x", "/a/b"},
		"REST, a resource, mapped":    {v1("", "/items/{id}", "/shop/items/7", "/shop/items/7", "prod", ""), "/items/7", "/shop"},
		"REST, the root, mapped":      {v1("", "/", "/shop", "/shop", "prod", ""), "/", "/shop"},
		"REST, encoded, mapped":       {v1("", any, "/shop/a%2Fb/c", "/shop/a%2Fb/c", "prod", "a%2Fb/c"), "/a%2Fb/c", "/shop"},
		"REST, decoded, mapped":       {v1("", any, "/shop/a%20b", "/shop/a%20b", "prod", "a b"), "/a%20b", "/shop"},
		"REST, slash at the end":      {v1("", any, "/shop/dir/", "/shop/dir/", "prod", "dir"), "/dir/", "/shop"},
		"REST, two slashes":           {v1("", any, "//quote", "/prod//quote", "prod", "quote"), "//quote", "/prod"},
		"REST, own domain":            {v1("", any, "/quote", "/quote", "prod", "quote"), "/quote", ""},
		"REST, mapped as its stage":   {v1("", any, "/prod/quote", "/prod/quote", "prod", "quote"), "/quote", "/prod"},
		"REST, below a resource":      {v1("", "/v1/{proxy+}", "/shop/v1/quote", "/shop/v1/quote", "prod", "quote"), "/v1/quote", "/shop"},
		"REST, no parameters":         {v1("", any, "/shop/quote", "/shop/quote", "prod", ""), "/shop/quote", ""},
		"HTTP API 1.0, $default":      {v1("1.0", "$default", "/quote", "/quote", "$default", ""), "/quote", ""},
		"HTTP API 1.0, a stage":       {v1("1.0", "$default", "/dev/quote", "/dev/quote", "dev", ""), "/quote", "/dev"},
		"HTTP API 1.0, mapped":        {v1("1.0", any, "/shop/quote", "/shop/quote", "dev", "quote"), "/quote", "/shop"},
		"HTTP API, $default":          {v2("$default", "/quote", "$default", ""), "/quote", ""},
		"HTTP API, a stage":           {v2("$default", "/dev/quote", "dev", ""), "/quote", "/dev"},
		"HTTP API, stage alone":       {v2("$default", "/dev", "dev", ""), "/", "/dev"},
		"HTTP API, like its stage":    {v2("$default", "/device", "dev", ""), "/device", ""},
		"HTTP API, a route":           {v2("GET /quote", "/dev/quote", "dev", ""), "/quote", "/dev"},
		"HTTP API, mapped":            {v2("ANY /{proxy+}", "/shop/quote", "$default", "quote"), "/quote", "/shop"},
		"HTTP API, mapped to a route": {v2("GET /items/{id}", "/shop/items/7", "dev", ""), "/items/7", "/shop"},
		"HTTP API, the root, mapped":  {v2("GET /", "/shop/", "dev", ""), "/", "/shop"},
		"HTTP API, decoded":           {v2("ANY /{proxy+}", "/shop/a b/c", "dev", "a b/c"), "/a%20b/c", "/shop"},
		"HTTP API, an odd base":       {v2("ANY /{proxy+}", "//shop/quote", "$default", "quote"), "//shop/quote", ""},
		"HTTP API, a base above":      {v2("ANY /{proxy+}", "/../quote", "$default", "quote"), "/../quote", ""},
	} {
		payload, err := json.Marshal(tt.event)
		if err != nil {
			t.Fatal(err)
		}
		ev, err := httpevent.Decode(payload)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if ev.Request.RequestURI != tt.path || ev.BasePath != tt.base {
			t.Errorf("%s: got %s below %q, want %s below %q", name, ev.Request.RequestURI, ev.BasePath, tt.path, tt.base)
		}
	}
}
