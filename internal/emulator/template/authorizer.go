package template

import "strings"

// Authorizers that every API has.
const (
	authorizerNone = "NONE"
	authorizerIAM  = "AWS_IAM"
)

// guard is the authorizers of an API, by their names.
type guard struct {
	known    map[string]*Authorizer
	fallback string                 // of the routes that name none
	routes   map[string]*Authorizer // by the security of DefinitionBody, by path and method
}

// guard reads Auth and what DefinitionBody says of security. Of a REST API no authorizer
// can be run.
func (b *builder) guard(properties value, kind Kind) guard {
	auth, body := b.object(properties, "Auth"), b.object(properties, "DefinitionBody")
	g := guard{known: map[string]*Authorizer{authorizerNone: nil}, routes: map[string]*Authorizer{}}
	b.only(auth, "EnableIamAuthorizer DefaultAuthorizer Authorizers", "", "")
	if kind == REST {
		if body.there() {
			b.invalid(body, "cannot be run on this machine; leave it out here by !If on a parameter")
		}
	} else {
		g.known[authorizerIAM] = &Authorizer{}
		for _, f := range b.object(auth, "Authorizers").fields() {
			g.known[f.name] = b.authorizer(b.object(b.object(auth, "Authorizers"), f.name))
		}
		b.definition(g, body)
	}
	g.fallback = b.text(auth, "DefaultAuthorizer", "")
	b.knows(g, g.fallback, auth.raw("DefaultAuthorizer"))
	return g
}

// authorizer reads one of SAM's.
func (b *builder) authorizer(v value) *Authorizer {
	b.only(v, "JwtConfiguration IdentitySource AuthorizationScopes", "", "")
	return b.jwt(v, "IdentitySource", "JwtConfiguration").with(b.texts(v, "AuthorizationScopes"))
}

// jwt reads what a JWT authorizer has under these names.
func (b *builder) jwt(v value, source, configuration string) *Authorizer {
	const header = "$request.header.Authorization"
	if b.text(v, source, header) != header {
		b.invalid(v.raw(source), "must be %s on this machine", header)
	}
	config := b.object(v, configuration)
	b.only(config, "issuer audience", "", "")
	found := &Authorizer{Issuer: b.text(config, "issuer", ""), Audience: b.texts(config, "audience")}
	if found.Issuer == "" || strings.Join(found.Audience, "") == "" {
		b.invalid(v, "a JWT authorizer needs issuer and audience")
	}
	return found
}

// definition reads what a DefinitionBody says of security. Its integrations are those of
// the events of functions.
func (b *builder) definition(g guard, body value) {
	b.only(body, "paths components", "openapi info tags", "")
	components := b.object(body, "components")
	b.only(components, "securitySchemes", "", "")
	schemes := b.object(components, "securitySchemes")
	for _, f := range schemes.fields() {
		scheme := b.object(schemes, f.name)
		if !scheme.there() {
			continue
		}
		b.only(scheme, "x-amazon-apigateway-authorizer x-amazon-apigateway-authtype", "type name in", "")
		if b.text(scheme, "x-amazon-apigateway-authtype", "") == "awsSigv4" {
			g.known[f.name] = &Authorizer{}
			continue
		}
		authorizer := b.object(scheme, "x-amazon-apigateway-authorizer")
		b.only(authorizer, "type identitySource jwtConfiguration", "", "")
		b.choice(authorizer, "type", "jwt", "jwt")
		g.known[f.name] = b.jwt(authorizer, "identitySource", "jwtConfiguration")
	}
	paths := b.object(body, "paths")
	for _, path := range paths.fields() {
		methods := b.object(paths, path.name)
		for _, method := range methods.fields() {
			operation := b.object(methods, method.name)
			b.only(operation, "security", "responses isDefaultRoute", "")
			for _, one := range b.list(operation, "security") {
				for _, scheme := range one.fields() {
					b.knows(g, scheme.name, one)
					g.routes[path.name+" "+strings.ToUpper(method.name)] = g.known[scheme.name].with(b.texts(one, scheme.name))
				}
			}
		}
	}
}

// of is the authorizer of a route, whose event may have an Auth of its own.
func (g guard) of(b *builder, r Route, auth value) *Authorizer {
	b.only(auth, "Authorizer AuthorizationScopes", "", "")
	method := r.Method
	if method == anyMethod {
		method = anyMethodKey
	}
	if found, ok := g.routes[r.Path+" "+method]; ok {
		return found
	}
	name := b.text(auth, "Authorizer", g.fallback)
	b.knows(g, name, auth.raw("Authorizer"))
	return g.known[name].with(b.texts(auth, "AuthorizationScopes"))
}

// with is the authorizer with the scopes of a route, if it has some.
func (a *Authorizer) with(scopes []string) *Authorizer {
	if a == nil || len(scopes) == 0 {
		return a
	}
	return &Authorizer{a.Issuer, a.Audience, scopes}
}

// knows checks that there is an authorizer of the name: to let everybody in without it
// would be a lie.
func (b *builder) knows(g guard, name string, at value) {
	if _, known := g.known[name]; !known && name != "" {
		b.invalid(at, "the API has no authorizer %q that can be run on this machine, only a JWT authorizer or AWS_IAM of an HTTP API; "+
			"leave Auth out here by !If on a parameter", name)
	}
}
