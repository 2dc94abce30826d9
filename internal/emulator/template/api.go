package template

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	defaultStage = "$default"
	anyMethod    = "ANY"
	anyMethodKey = "X-AMAZON-APIGATEWAY-ANY-METHOD"
)

// api reads an HTTP API or a REST API, or makes the one that SAM makes.
func (b *builder) api(r resource) {
	kind, section, stage := HTTP, "HttpApi", defaultStage
	if r.kind == typeRESTAPI {
		kind, section, stage = REST, "Api", "Prod"
	}
	properties := b.e.withGlobals(section, r.properties())
	b.only(properties, "StageName DefaultRouteSettings RouteSettings Auth Name DefinitionBody",
		"AccessLogSettings AccessLogSetting Description DisableExecuteApiEndpoint FailOnWarnings Tags PropagateTags TracingEnabled "+
			"MethodSettings EndpointConfiguration OpenApiVersion MinimumCompressionSize", "CorsConfiguration Cors Domain")
	b.apis[r.id] = len(b.stack.APIs)
	b.guards = append(b.guards, b.guard(properties, kind))
	b.stack.APIs = append(b.stack.APIs, API{
		ID: r.id, APIID: b.e.apiID(r.id), Kind: kind, URL: b.e.apiURL(r.id),
		Stage:    b.text(properties, "StageName", stage),
		Throttle: b.throttle(b.object(properties, "DefaultRouteSettings")),
	})
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
	const most = 30_000 // ms
	route := Route{
		Method:   strings.ToUpper(b.text(properties, "Method", anyMethod)),
		Path:     b.text(properties, "Path", "$default"),
		Function: f.Name,
		Payload:  "1.0",
		Timeout:  time.Duration(b.number(properties, "TimeoutInMillis", 0, 50, most)) * time.Millisecond, //nolint:mnd // the least
		Throttle: b.throttle(b.object(properties, "RouteSettings")),
	}
	if kind == HTTP {
		route.Payload = b.choice(properties, "PayloadFormatVersion", "2.0", "1.0", "2.0")
	}
	if route.Method == anyMethodKey || route.Method == "*" {
		route.Method = anyMethod
	}
	b.checkRoute(event, route)
	at := b.apiOf(properties.raw(id), kind, implicit)
	if at < 0 {
		return
	}
	route.Authorizer = b.guards[at].of(b, route, b.object(properties, "Auth"))
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
	methods := []string{anyMethod, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	if !slices.Contains(methods, r.Method) {
		b.invalid(event.value, "there is no method %q", r.Method)
	}
	const segment = `(/[^/{}]*|/\{[A-Za-z0-9._:-]+\})`
	path := regexp.MustCompile(`^(\$default|` + segment + `+|` + segment + `*/\{[A-Za-z0-9._:-]+\+\})$`)
	if !path.MatchString(r.Path) {
		b.invalid(event.value, "the path %q is not made of /text and /{name} with at most a /{name+} at its end", r.Path)
	}
}
