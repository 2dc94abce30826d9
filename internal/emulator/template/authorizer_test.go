package template_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// apiOf is an API with these properties, and a function with an event that has others.
func apiOf(api, event string) string {
	return "Resources:\n  A: {Type: AWS::Serverless::HttpApi, Properties: {" + api + "}}\n  F: {Type: AWS::Serverless::Function, Properties: " +
		"{Runtime: provided.al2023, Handler: bootstrap, CodeUri: ., Events: {E: {Type: HttpApi, Properties: {ApiId: !Ref A, " + event + "}}}}}"
}

const login = "Authorizers: {Login: {JwtConfiguration: {issuer: 'https://login.example', audience: [a]}}}"

func TestAuthorizersOfHTTPAPIs(t *testing.T) {
	t.Parallel()
	token := func(scopes ...string) *template.Authorizer {
		return &template.Authorizer{Issuer: "https://login.example", Audience: []string{"a"}, Scopes: scopes}
	}
	body := func(security string) string {
		return "DefinitionBody: {openapi: 3.0.1, paths: {/x: {get: {security: " + security + "}}}, components: {securitySchemes: {Login: " +
			"{type: oauth2, x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {issuer: 'https://login.example', audience: [a]}}}, " +
			"Signed: {type: apiKey, x-amazon-apigateway-authtype: awsSigv4}, Gone: !Ref AWS::NoValue}}}"
	}
	for name, tc := range map[string]struct {
		api, event string
		want       *template.Authorizer
	}{
		"none":                    {"", "", nil},
		"the default":             {"Auth: {DefaultAuthorizer: Login, " + login + "}", "", token()},
		"none of the route":       {"Auth: {DefaultAuthorizer: Login, " + login + "}", "Auth: {Authorizer: NONE}", nil},
		"of the route":            {"Auth: {" + login + "}", "Auth: {Authorizer: Login, AuthorizationScopes: [x, y]}", token("x", "y")},
		"not used":                {"Auth: {" + login + "}", "", nil},
		"IAM of the route":        {"Auth: {EnableIamAuthorizer: true}", "Auth: {Authorizer: AWS_IAM}", &template.Authorizer{}},
		"IAM by default":          {"Auth: {EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}", "", &template.Authorizer{}},
		"a definition":            {body("[{Login: []}]"), "Path: /x, Method: get", token()},
		"a definition's scopes":   {body("[{Login: [x]}]"), "Path: /x, Method: get", token("x")},
		"a definition's IAM":      {body("[{Signed: []}]"), "Path: /x, Method: get", &template.Authorizer{}},
		"a definition's other":    {body("[{Login: []}]"), "Path: /y, Method: get", nil},
		"a definition's none":     {body("!Ref AWS::NoValue"), "Path: /x, Method: get", nil},
		"a definition by default": {body("[]") + ", Auth: {DefaultAuthorizer: Login, " + login + "}", "Path: /x, Method: get", token()},
	} {
		stack := parsed(t, apiOf(tc.api, tc.event))
		if got := stack.APIs[0].Routes[0].Authorizer; !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	for name, tc := range map[string]struct{ api, event, want string }{
		"an unknown default":      {"Auth: {DefaultAuthorizer: Login}", "", `no authorizer "Login"`},
		"an unknown one":          {"Auth: {" + login + "}", "Auth: {Authorizer: login}", `no authorizer "login"`},
		"one that is not defined": {body("[{Gone: []}]"), "", `no authorizer "Gone"`},
		"a Lambda authorizer":     {"Auth: {Authorizers: {L: {AuthorizerPayloadFormatVersion: 2.0}}}", "", "cannot be run on this machine"},
		"no audience":             {"Auth: {Authorizers: {L: {JwtConfiguration: {issuer: x}}}}", "", "needs issuer and audience"},
		"another header":          {"Auth: {Authorizers: {L: {IdentitySource: $request.querystring.t, JwtConfiguration: {issuer: x, audience: [a]}}}}", "", "IdentitySource"},
		"an integration":          {"DefinitionBody: {paths: {/x: {get: {x-amazon-apigateway-integration: {}}}}}", "", "x-amazon-apigateway-integration"},
		"another scheme":          {"DefinitionBody: {components: {securitySchemes: {L: {x-amazon-apigateway-authorizer: {type: request}}}}}", "", "only jwt"},
	} {
		_, err := template.Parse("t.yaml", "/srv", []byte(apiOf(tc.api, tc.event)), nil, template.Options{})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
