package template_test

import (
	"reflect"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// TestTheProjectsOwnTemplateIsRead holds that no change to it takes away what
// `homing local` can run.
func TestTheProjectsOwnTemplateIsRead(t *testing.T) {
	t.Parallel()
	for shape, least := range map[string]int{"inline": 2, "vertex": 3, "split": 4} {
		for _, stream := range []string{"false", "true"} {
			stack, err := template.Load("../../../template.yaml",
				map[string]string{"Shape": shape, "StreamUrl": stream, "Arrivals": stream}, template.Options{})
			if err != nil {
				t.Errorf("%s: %v", shape, err)
				continue
			}
			if len(stack.Functions) < least || len(stack.Tables) != 1 || len(stack.APIs) != 1 || len(stack.Queues) == 0 || len(stack.Ignored) != 0 {
				t.Errorf("%s: got %+v", shape, stack)
			}
		}
	}
}

// The parameter Authorizer stands in front of all but preflights and probes.
func TestTheProjectsOwnAuthorizers(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]*template.Authorizer{
		"none": nil, "iam": {}, "jwt": {Issuer: "https://login.example/", Audience: []string{"a", "b"}},
	} {
		parameters := map[string]string{"Authorizer": kind, "StreamUrl": "true"}
		if kind == "jwt" {
			parameters["JwtIssuer"], parameters["JwtAudience"] = "https://login.example/", "a,b"
		}
		stack, err := template.Load("../../../template.yaml", parameters, template.Options{})
		if err != nil {
			t.Fatal(err)
		}
		open := 0
		for _, r := range stack.APIs[0].Routes {
			switch {
			case r.Path == "$default":
				if !reflect.DeepEqual(r.Authorizer, want) {
					t.Errorf("%s: got %v", kind, r.Authorizer)
				}
			case r.Authorizer != nil:
				t.Errorf("%s: %s %s asks for %v", kind, r.Method, r.Path, r.Authorizer)
			default:
				open++
			}
		}
		if open != 3 {
			t.Errorf("%s: %d routes are open", kind, open)
		}
		for _, f := range stack.Functions {
			if f.URL != nil && f.URL.IAM != (kind == "iam") {
				t.Errorf("%s: the function URL asks for a signature: %v", kind, f.URL.IAM)
			}
			if f.ID == "Adapter" && (f.Environment["HOMING_AUTHORIZER"] != kind || f.Environment["HOMING_JWT_TENANT"] != "sub") {
				t.Errorf("%s: the adapter has %v", kind, f.Environment)
			}
		}
	}
	for name, parameters := range map[string]map[string]string{
		"no issuer": {"Authorizer": "jwt", "JwtAudience": "a"}, "no audience": {"Authorizer": "jwt", "JwtIssuer": "https://x"},
		"no authorizer": {"JwtIssuer": "https://x", "JwtAudience": "a"}, "another kind": {"Authorizer": "cognito"},
		"plain http": {"Authorizer": "jwt", "JwtIssuer": "http://x.example", "JwtAudience": "a"},
		"open":       {"Authorizer": "iam", "Open": "true"}, "behind CloudFront": {"Authorizer": "iam", "WebAcl": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b"},
	} {
		if _, err := template.Load("../../../template.yaml", parameters, template.Options{}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
