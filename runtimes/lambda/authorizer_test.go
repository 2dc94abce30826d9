package lambda_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// object is a JSON object.
type object = map[string]any

const (
	adaARN   = "arn:aws:iam::123456789012:user/ada"
	ofShop   = "shop-token-0123456789"
	accounts = "123456789012:user/ada"
)

// forTenant is a chain for one tenant, of which a scope is asked.
func forTenant(tenant, scope string) functions.Chain {
	c := single("only", func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil })
	c.Tenants, c.Scopes.Call = []string{tenant}, scope
	return c
}

// authorized has a function answer a call whose requestContext has some members.
func authorized(t *testing.T, s *lambda.Service, source httpevent.Source, change object, headers ...string) httpevent.Answer {
	t.Helper()
	var event object
	if err := json.Unmarshal(post(t, source, "/only", `{"requestContext":{"authorizer":{"jwt":{"claims":{"sub":"ada"}}}}}`, headers...), &event); err != nil {
		t.Fatal(err)
	}
	maps.Copy(event["requestContext"].(object), change)
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return answerTo(t, s, source, payload)
}

func answerTo(t *testing.T, s *lambda.Service, source httpevent.Source, payload []byte) httpevent.Answer {
	t.Helper()
	answer, err := s.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	got, err := httpevent.DecodeResponse(answer, source)
	if err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return got
}

func jwtOf(claims object) object {
	return object{"authorizer": object{"jwt": object{"claims": claims}}}
}

func iamOf(arn string) object { return object{"authorizer": object{"iam": object{"userArn": arn}}} }

// The verdict of the authorizer that the setting names lets a caller in, and no other
// does.
func TestTheVerdictOfAnAuthorizer(t *testing.T) {
	t.Parallel()
	const none = http.StatusUnauthorized
	both := object{"authorizer": object{"jwt": object{"claims": object{"sub": accounts}}, "iam": object{"userArn": adaARN}}}
	for _, tt := range []struct {
		name, kind string
		source     httpevent.Source
		change     object
		status     int
	}{
		{"JWT", "jwt", httpevent.HTTPAPI, jwtOf(object{"sub": accounts, "scope": "x only.call"}), http.StatusOK},
		{"JWT, a list of scopes", "jwt", httpevent.HTTPAPI, jwtOf(object{"sub": accounts, "scp": "[x only.call]"}), http.StatusOK},
		{"JWT, scopes of the route", "jwt", httpevent.HTTPAPIv1, object{"authorizer": object{"claims": object{"sub": accounts}, "scopes": []string{"only.call"}}}, http.StatusOK},
		{"JWT, Cognito", "jwt", httpevent.REST, object{"authorizer": object{"claims": object{"sub": accounts, "scope": "only.call"}}}, http.StatusOK},
		{"JWT without the scope", "jwt", httpevent.HTTPAPI, jwtOf(object{"sub": accounts, "scope": "only.calls only"}), http.StatusForbidden},
		{"JWT of another tenant", "jwt", httpevent.HTTPAPI, jwtOf(object{"sub": "bob", "scope": "only.call"}), http.StatusForbidden},
		{"JWT without a tenant", "jwt", httpevent.HTTPAPI, jwtOf(object{"scope": "only.call"}), none},
		{"JWT whose tenant is empty", "jwt", httpevent.HTTPAPI, jwtOf(object{"sub": ""}), none},
		{"JWT whose tenant is a list", "jwt", httpevent.HTTPAPI, jwtOf(object{"sub": "[" + accounts + "]"}), none},
		{"JWT whose tenant does not print", "jwt", httpevent.HTTPAPI, jwtOf(object{"sub": "a\u202eb"}), none},
		{"JWT whose tenant is long", "jwt", httpevent.HTTPAPI, jwtOf(object{"sub": strings.Repeat("a", 257)}), none},
		{"JWT for IAM", "iam", httpevent.HTTPAPI, jwtOf(object{"sub": accounts, "scope": "only.call"}), none},
		{"JWT, not asked for", "none", httpevent.HTTPAPI, jwtOf(object{"sub": accounts, "scope": "only.call"}), http.StatusForbidden},
		{"JWT of a load balancer", "jwt", httpevent.ALB, jwtOf(object{"sub": accounts, "scope": "only.call"}), none},
		{"IAM", "iam", httpevent.HTTPAPI, iamOf(adaARN), http.StatusOK},
		{"IAM of a URL", "iam", httpevent.URL, iamOf(adaARN), http.StatusOK},
		{"IAM, REST", "iam", httpevent.REST, object{"identity": object{"userArn": adaARN}}, http.StatusOK},
		{"IAM of another account", "iam", httpevent.HTTPAPI, iamOf("arn:aws:iam::999999999999:user/ada"), http.StatusForbidden},
		{"IAM of a role of the name", "iam", httpevent.HTTPAPI, iamOf("arn:aws:sts::123456789012:assumed-role/ada/s"), http.StatusForbidden},
		{"IAM of a service", "iam", httpevent.HTTPAPI, iamOf("arn:aws:lambda:us-east-1:123456789012:function:ada"), none},
		{"IAM without an ARN", "iam", httpevent.HTTPAPI, iamOf(""), none},
		{"IAM for a JWT", "jwt", httpevent.HTTPAPI, iamOf(adaARN), none},
		{"custom", "lambda", httpevent.HTTPAPI, object{"authorizer": object{"lambda": object{"sub": accounts, "scope": "only.call"}}}, http.StatusOK},
		{"custom, REST", "lambda", httpevent.REST, object{"authorizer": object{"principalId": "p", "sub": accounts, "scope": "only.call"}}, http.StatusOK},
		{"the setting chooses", "jwt", httpevent.HTTPAPI, both, http.StatusForbidden}, // as the token has no scope
		{"no verdict", "jwt", httpevent.HTTPAPI, object{}, none},
		{"no verdict, IAM", "iam", httpevent.URL, object{}, none},
		{"no verdict, custom", "lambda", httpevent.REST, object{}, none},
	} {
		e := env{"HOMING_AUTHORIZER": tt.kind}
		s := newCloud().deploy(t, "self", e, newStore(), forTenant(accounts, "only.call"))
		got := authorized(t, s, tt.source, tt.change)
		if got.Status != tt.status {
			t.Errorf("%s: got %d %s, want %d", tt.name, got.Status, got.Body, tt.status)
		}
		if tt.status == none && got.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: nothing is asked for", tt.name)
		}
	}
}

func TestWhomAnARNNames(t *testing.T) {
	t.Parallel()
	for arn, tenant := range map[string]string{
		adaARN: accounts,
		"arn:aws:iam::123456789012:user/team/a/ada":            "123456789012:user/team/a/ada",
		"arn:aws:sts::123456789012:assumed-role/deploy/ada@x":  "123456789012:role/deploy",
		"arn:aws:sts::123456789012:assumed-role/deploy/i-0123": "123456789012:role/deploy",
		"arn:aws:sts::123456789012:federated-user/ada":         "123456789012:federated-user/ada",
		"arn:aws-cn:iam::123456789012:root":                    "123456789012:root",
		"arn:aws:sts::123456789012:assumed-role/deploy":        "",
		"arn:aws:sts::123456789012:assumed-role//s":            "",
		"arn:aws:iam::12345678901:user/ada":                    "",
		"arn:aws:iam:::user/ada":                               "",
		"arn:aws:iam::123456789012:user/":                      "",
		"arn:aws:iam::123456789012:group/ada":                  "",
		"arn:aws:iam:eu-west-1":                                "",
		"arn:aws:iam::12345678901x:user/ada":                   "",
		"x" + adaARN:                                           "",
		adaARN + "\n":                                          "",
		adaARN + strings.Repeat("a", 300):                      "",
		"*":                                                    "",
	} {
		id, err := lambda.Principal(arn)
		if id != tenant || (err == nil) != (tenant != "") {
			t.Errorf("%s: got %q, %v", arn, id, err)
		}
	}
}

// Tokens stand beside an authorizer: on routes without one, and for other callers of the
// function.
func TestTokensBesideAnAuthorizer(t *testing.T) {
	t.Parallel()
	e := env{"HOMING_AUTHORIZER": "jwt", "HOMING_TOKENS": "shop=" + ofShop, "HOMING_JWT_TENANT": "org"}
	s := newCloud().deploy(t, "self", e, newStore(), forTenant("shop", "only.call"))
	for name, tt := range map[string]struct {
		change object
		token  string
		status int
	}{
		"a token alone":                    {object{}, ofShop, http.StatusOK},
		"a verdict alone":                  {jwtOf(object{"sub": "x", "org": "shop", "scope": "only.call"}), "", http.StatusOK},
		"a verdict of another":             {jwtOf(object{"sub": "shop", "org": "desk", "scope": "only.call"}), "", http.StatusForbidden},
		"a verdict counts before a token":  {jwtOf(object{"org": "desk", "scope": "only.call"}), ofShop, http.StatusForbidden},
		"a verdict of nobody, and a token": {jwtOf(object{"sub": "shop"}), ofShop, http.StatusOK},
		"an unknown token":                 {object{}, "xxxxxxxxxxxxxxxxxxxxx", http.StatusUnauthorized},
		"neither":                          {object{}, "", http.StatusUnauthorized},
	} {
		var headers []string
		if tt.token != "" {
			headers = []string{"Authorization", "Bearer " + tt.token}
		}
		if got := authorized(t, s, httpevent.HTTPAPI, tt.change, headers...); got.Status != tt.status {
			t.Errorf("%s: got %d %s", name, got.Status, got.Body)
		}
	}
}

// Whatever a client sends, it is no verdict.
func TestNoHeaderIsAVerdict(t *testing.T) {
	t.Parallel()
	verdict, err := json.Marshal(object{"authorizer": object{"jwt": object{"claims": object{"sub": "shop"}}, "iam": object{"userArn": adaARN}, "claims": object{"sub": "shop"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"jwt", "iam", "lambda"} {
		s := newCloud().deploy(t, "self", env{"HOMING_AUTHORIZER": kind}, newStore(), forTenant("shop", ""))
		for _, source := range sources() {
			var headers []string
			for _, name := range []string{
				"X-Amzn-Request-Context", "X-Amzn-Lambda-Context", "X-Amzn-Authorizer", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Identity", "X-Amzn-Oidc-Accesstoken",
				"X-Amz-Authorizer", "X-Amz-Security-Token", "X-Amz-Cognito-Identity", "X-Apigateway-Event", "X-Apigateway-Context", "X-Amzn-Apigateway-Api-Id",
				"X-Authorizer", "X-Authorizer-Claims", "X-User-Arn", "X-Forwarded-User", "X-Forwarded-Email", "X-Auth-Request-User", "X-Homing-Tenant",
				"Homing-Tenant", "Homing-Identity", "Request-Context", "Requestcontext", "Authorizer", "Claims", "Sub", "Userarn", "Principalid",
				"Ce-Tenant", "Cookie", "X-Client-Cert", "X-Goog-Iap-Jwt-Assertion", "X-Ms-Client-Principal",
			} {
				headers = append(headers, name, string(verdict), strings.ToLower(name), "shop")
			}
			payload := post(t, source, "/only?requestContext="+"x&authorizer=x&sub=shop&userArn=x", string(verdict), headers...)
			if got := answerTo(t, s, source, payload); got.Status != http.StatusUnauthorized {
				t.Errorf("%s of %s: got %d %s", kind, source, got.Status, got.Body)
			}
			// Members of the event beside requestContext, and names in other letters.
			for _, forged := range []string{
				`"authorizer":{"jwt":{"claims":{"sub":"shop"}},"iam":{"userArn":"` + adaARN + `"},"claims":{"sub":"shop"},"sub":"shop"}`,
				`"RequestContext":` + string(verdict), `"requestcontext":` + string(verdict), `"REQUESTCONTEXT":` + string(verdict),
				`"identity":{"userArn":"` + adaARN + `"}`, `"requestContext\u0000":` + string(verdict),
			} {
				changed := append([]byte("{"+forged+","), payload[1:]...)
				if got := answerTo(t, s, source, changed); got.Status != http.StatusUnauthorized {
					t.Errorf("%s of %s, %s: got %d %s", kind, source, forged, got.Status, got.Body)
				}
			}
			twice := append([]byte(`{"requestContext":`+string(verdict)+`,`), payload[1:]...)
			if got := answerTo(t, s, source, twice); got.Status != http.StatusUnauthorized {
				t.Errorf("%s of %s, twice: got %d %s", kind, source, got.Status, got.Body)
			}
		}
	}
}

// What is for everybody stays so.
func TestWhatNeedsNoVerdict(t *testing.T) {
	t.Parallel()
	chain := forTenant("shop", "")
	chain.CORS.Origins = []string{"https://shop.example"}
	s := newCloud().deploy(t, "self", env{"HOMING_AUTHORIZER": "jwt"}, newStore(), chain)
	for call, want := range map[string]int{"GET /health/readiness": 200, "OPTIONS /only": 204, "GET /openapi.json": 401, "GET /metrics": 401, "GET /requests/x": 401} {
		method, path, _ := strings.Cut(call, " ")
		var event object
		payload := post(t, httpevent.HTTPAPI, path, "", "Origin", "https://shop.example", "Access-Control-Request-Method", "POST")
		if path != "/only" {
			payload = post(t, httpevent.HTTPAPI, path, "")
		}
		if err := json.Unmarshal(payload, &event); err != nil {
			t.Fatal(err)
		}
		event["requestContext"].(object)["http"].(object)["method"] = method
		payload, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		if got := answerTo(t, s, httpevent.HTTPAPI, payload); got.Status != want {
			t.Errorf("%s: got %d %s", call, got.Status, got.Body)
		}
	}
}

func TestAnAuthorizerThatIsUnknownIsRefused(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"JWT", "cognito", "aws_iam", "true"} {
		if _, err := lambda.FromEnv(env{}.with("HOMING_AUTHORIZER", kind).environ()); err == nil {
			t.Errorf("%s is taken", kind)
		}
	}
}
