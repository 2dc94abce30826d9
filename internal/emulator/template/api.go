package template

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

const defaultStage = "$default"

// api reads an HTTP API or a REST API, or makes the one that SAM makes.
func (b *builder) api(r resource) {
	kind, section, stage := HTTP, "HttpApi", defaultStage
	if r.kind == typeRESTAPI {
		kind, section, stage = REST, "Api", "Prod"
	}
	properties := b.e.withGlobals(section, r.properties())
	b.only(properties, "StageName DefaultRouteSettings RouteSettings Auth Name",
		"AccessLogSettings AccessLogSetting Description DisableExecuteApiEndpoint FailOnWarnings Tags PropagateTags TracingEnabled "+
			"MethodSettings EndpointConfiguration OpenApiVersion MinimumCompressionSize", "CorsConfiguration Cors Domain")
	b.noAuth(b.object(properties, "Auth"))
	b.apis[r.id] = len(b.stack.APIs)
	b.stack.APIs = append(b.stack.APIs, API{
		ID: r.id, APIID: b.e.apiID(r.id), Kind: kind, URL: b.e.apiURL(r.id),
		Stage:    b.text(properties, "StageName", stage),
		Throttle: b.throttle(b.object(properties, "DefaultRouteSettings")),
	})
}

// noAuth takes no authorizer: to let everybody in without it would be a lie.
func (b *builder) noAuth(auth value) {
	for _, f := range auth.fields() {
		if f.name == "EnableIamAuthorizer" { // a route would have to use it
			continue
		}
		known := f.name == "DefaultAuthorizer" || f.name == "Authorizer"
		if text := b.text(auth, f.name, "NONE"); !known || text != "NONE" {
			b.invalid(f.value, "authorizers cannot be run on this machine; leave Auth out here by !If on a parameter")
		}
	}
}

func (b *builder) throttle(settings value) Throttle {
	b.only(settings, "ThrottlingRateLimit ThrottlingBurstLimit", "DetailedMetricsEnabled DataTraceEnabled LoggingLevel", "")
	const most = 1_000_000
	return Throttle{
		Rate:  b.float(settings, "ThrottlingRateLimit"),
		Burst: b.number(settings, "ThrottlingBurstLimit", 0, 0, most),
	}
}

// routeEvent reads an event of type HttpApi or Api.
func (b *builder) routeEvent(event field, f *Function, kind Kind) {
	id, implicit := "ApiId", implicitHTTP
	if kind == REST {
		id, implicit = "RestApiId", implicitREST
	}
	properties := b.object(event.value, "Properties")
	b.only(properties, "Path Method PayloadFormatVersion TimeoutInMillis RouteSettings Auth "+id, "TimeoutInMillisOverride", "")
	b.noAuth(b.object(properties, "Auth"))
	const most = 30_000 // ms
	route := Route{
		Method:   strings.ToUpper(b.text(properties, "Method", "ANY")),
		Path:     b.text(properties, "Path", "$default"),
		Function: f.Name,
		Payload:  "1.0",
		Timeout:  time.Duration(b.number(properties, "TimeoutInMillis", 0, 50, most)) * time.Millisecond, //nolint:mnd // the least
		Throttle: b.throttle(b.object(properties, "RouteSettings")),
	}
	if kind == HTTP {
		route.Payload = b.choice(properties, "PayloadFormatVersion", "2.0", "1.0", "2.0")
	}
	if route.Method == "X-AMAZON-APIGATEWAY-ANY-METHOD" || route.Method == "*" {
		route.Method = "ANY"
	}
	b.checkRoute(event, route)
	at := b.apiOf(properties.raw(id), kind, implicit)
	if at < 0 {
		return
	}
	b.addRoute(event, at, route)
}

func (b *builder) addRoute(event field, at int, route Route) {
	api := &b.stack.APIs[at]
	if slices.ContainsFunc(api.Routes, func(other Route) bool { return other.Method == route.Method && other.Path == route.Path }) {
		b.invalid(event.value, "another event has the route %s %s", route.Method, route.Path)
		return
	}
	api.Routes = append(api.Routes, route)
}

// apiOf finds the place of the API that an event names, or makes the implicit
// one; -1 if there is none.
func (b *builder) apiOf(named value, kind Kind, implicit string) int {
	if !named.there() {
		if at, ok := b.apis[implicit]; ok {
			return at
		}
		b.api(b.e.resources[implicit])
		return b.apis[implicit]
	}
	at := -1
	b.try(func() {
		text := b.e.text(named)
		at = slices.IndexFunc(b.stack.APIs, func(api API) bool { return api.Kind == kind && (api.APIID == text || api.ID == text) })
		if at < 0 {
			panic(b.e.invalid(named, "there is no such API in the template"))
		}
	})
	return at
}

// checkRoute rejects paths that API Gateway rejects.
func (b *builder) checkRoute(event field, r Route) {
	methods := []string{"ANY", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	if !slices.Contains(methods, r.Method) {
		b.invalid(event.value, "there is no method %q", r.Method)
	}
	const segment = `(/[^/{}]*|/\{[A-Za-z0-9._:-]+\})`
	path := regexp.MustCompile(`^(\$default|` + segment + `+|` + segment + `*/\{[A-Za-z0-9._:-]+\+\})$`)
	if !path.MatchString(r.Path) {
		b.invalid(event.value, "the path %q is not made of /text and /{name} with at most a /{name+} at its end", r.Path)
	}
}
