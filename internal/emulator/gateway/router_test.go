package gateway_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
)

func TestMostSpecificRouteIsTaken(t *testing.T) {
	t.Parallel()
	const routes = "GET /pets/dog/1|GET /pets/dog/{id}|GET /pets/{kind}/1|GET /pets/{proxy+}|ANY /{proxy+}|ANY /pets/dog/1|POST /pets/{proxy+}|ANY $default|GET /"
	h := routed(t, routes)
	for request, want := range map[string]string{
		"GET /pets/dog/1":    "GET /pets/dog/1",
		"PUT /pets/dog/1":    "ANY /pets/dog/1",
		"GET /pets/dog/2":    "GET /pets/dog/{id} id=2",
		"GET /pets/cat/1":    "GET /pets/{kind}/1 kind=cat",
		"GET /pets/cat/2":    "GET /pets/{proxy+} proxy=cat/2",
		"POST /pets/cat/2/3": "POST /pets/{proxy+} proxy=cat/2/3",
		"PUT /pets/cat":      "ANY /{proxy+} proxy=pets/cat",
		"GET /x":             "ANY /{proxy+} proxy=x",
		"GET /":              "GET /",
		"POST /":             "$default",
		"GET /pets/dog/":     "GET /pets/{proxy+} proxy=dog/",
		"GET /a%2Fb":         "ANY /{proxy+} proxy=a/b",
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := do(t, h, method, path, ""); got.body != want {
			t.Errorf("%s: got %s, want %s", request, got.body, want)
		}
	}
}

func TestWithoutARouteThereIsNothing(t *testing.T) {
	t.Parallel()
	h := routed(t, "GET /a|GET /b/{id}|POST /c/{rest+}")
	for _, request := range []string{"POST /a", "GET /a/", "GET /b", "GET /b/", "GET /b/1/2", "POST /c", "POST /c/", "GET /", "GET /A"} {
		method, path, _ := strings.Cut(request, " ")
		if got := do(t, h, method, path, ""); got.status != 404 || got.body != `{"message":"Not Found"}` {
			t.Errorf("%s: got %+v", request, got)
		}
	}
}

func TestRESTAPIKeepsTheBytesOfAPath(t *testing.T) {
	t.Parallel()
	h := gateway.NewAPI(template.API{Kind: template.REST, Stage: "prod", Routes: []template.Route{
		{Method: "GET", Path: "/items/{id}", Function: "f"}, {Method: "GET", Path: "/files/{proxy+}", Function: "f"},
	}}, gateway.Options{Lambda: functions{"f": func(_ context.Context, event []byte) ([]byte, error) {
		var e struct{ Resource, Path string }
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, err
		}
		return json.Marshal(map[string]any{"statusCode": 200, "body": e.Resource + " " + e.Path})
	}}})
	for path, want := range map[string]string{
		"/prod/items/a%2Fb":     "/items/{id} /items/a%2Fb",
		"/prod/files/a//b":      "/files/{proxy+} /files/a//b",
		"/prod/files/../x%2fy/": "/files/{proxy+} /files/../x%2fy/",
		"/prod/files//":         "/files/{proxy+} /files//",
		"/prod/items/a/":        "/items/{id} /items/a", // it was 403, and API Gateway serves it
		"/prod/items/a//":       `{"message":"Missing Authentication Token"}`,
		"/prod/items/a/b":       `{"message":"Missing Authentication Token"}`,
		"/prod//items/a":        `{"message":"Missing Authentication Token"}`,
	} {
		if got := do(t, h, "GET", path, ""); got.body != want {
			t.Errorf("%s: got %s, want %s", path, got.body, want)
		}
	}
}

// routed is an API whose function returns the route that was taken.
func routed(t *testing.T, routes string) *gateway.API {
	t.Helper()
	api := template.API{Kind: template.HTTP, Stage: "$default"}
	for one := range strings.SplitSeq(routes, "|") {
		method, path, _ := strings.Cut(one, " ")
		api.Routes = append(api.Routes, template.Route{Method: method, Path: path, Function: "f", Payload: "2.0"})
	}
	return gateway.NewAPI(api, gateway.Options{Lambda: functions{"f": routeOf}})
}

// routeOf is a function that returns its event's route and parameters.
func routeOf(_ context.Context, event []byte) ([]byte, error) {
	var e struct {
		RouteKey       string
		PathParameters map[string]string
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	text := e.RouteKey
	for name, value := range e.PathParameters {
		text += " " + name + "=" + value
	}
	return json.Marshal(map[string]any{"statusCode": 200, "body": text})
}
