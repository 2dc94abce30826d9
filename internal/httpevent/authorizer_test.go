package httpevent_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/httpevent"
)

// withContext is the golden event of a source with members of requestContext set.
func withContext(t *testing.T, source httpevent.Source, change object) []byte {
	t.Helper()
	var event object
	if err := json.Unmarshal(golden(t, source.String()+".json"), &event); err != nil {
		t.Fatal(err)
	}
	context := event["requestContext"].(object)
	delete(context, "authorizer")
	maps.Copy(context, change)
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestVerdictsOfEverySource(t *testing.T) {
	t.Parallel()
	const ada = "arn:aws:iam::123456789012:user/ada"
	claims := object{"sub": "ada", "scope": "a b", "groups": "[x y]", "n": 7, "ok": true, "none": nil, "odd": object{}}
	token := object{"claims": claims, "scopes": []any{"a", "c"}}
	want := map[string]string{"sub": "ada", "scope": "a b", "groups": "[x y]", "n": "7", "ok": "true"}
	signed := object{"userArn": ada, "accessKey": "AKIA", "cognitoIdentity": nil}
	custom := object{"principalId": "ada", "n": 7}
	for _, tt := range []struct {
		name   string
		source httpevent.Source
		kind   string
		change object
		claims map[string]string
		scopes []string
		arn    string
	}{
		{"JWT", httpevent.HTTPAPI, "jwt", object{"authorizer": object{"jwt": token}}, want, []string{"a", "c"}, ""},
		{"JWT, no scopes", httpevent.HTTPAPI, "jwt", object{"authorizer": object{"jwt": object{"claims": claims, "scopes": nil}}}, want, nil, ""},
		{"JWT, 1.0", httpevent.HTTPAPIv1, "jwt", object{"authorizer": token}, want, []string{"a", "c"}, ""},
		{"Cognito", httpevent.REST, "jwt", object{"authorizer": object{"claims": claims}}, want, nil, ""},
		{"IAM", httpevent.HTTPAPI, "iam", object{"authorizer": object{"iam": signed}}, nil, nil, ada},
		{"IAM of a URL", httpevent.URL, "iam", object{"authorizer": object{"iam": signed}}, nil, nil, ada},
		{"IAM, 1.0", httpevent.HTTPAPIv1, "iam", object{"identity": object{"userArn": ada}}, nil, nil, ada},
		{"IAM, REST", httpevent.REST, "iam", object{"identity": object{"userArn": ada}}, nil, nil, ada},
		{"custom", httpevent.HTTPAPI, "lambda", object{"authorizer": object{"lambda": custom}}, map[string]string{"principalId": "ada", "n": "7"}, nil, ""},
		{"custom, REST", httpevent.REST, "lambda", object{"authorizer": custom}, map[string]string{"principalId": "ada", "n": "7"}, nil, ""},
		// What is no verdict of the kind.
		{"none", httpevent.HTTPAPI, "jwt", object{}, nil, nil, ""},
		{"none, 1.0", httpevent.HTTPAPIv1, "jwt", object{"authorizer": object{"claims": nil, "scopes": nil}}, nil, nil, ""},
		{"null", httpevent.HTTPAPI, "jwt", object{"authorizer": nil}, nil, nil, ""},
		{"a text", httpevent.HTTPAPI, "jwt", object{"authorizer": "jwt"}, nil, nil, ""},
		{"claims in a text", httpevent.REST, "jwt", object{"authorizer": object{"claims": `{"sub":"ada"}`}}, nil, nil, ""},
		{"another kind", httpevent.HTTPAPI, "iam", object{"authorizer": object{"jwt": token}}, nil, nil, ""},
		{"custom for a JWT", httpevent.HTTPAPI, "jwt", object{"authorizer": object{"lambda": object{"claims": claims}}}, nil, nil, ""},
		{"a JWT for custom", httpevent.REST, "lambda", object{"authorizer": object{"claims": claims}}, nil, nil, ""},
		{"a JWT in capitals", httpevent.HTTPAPI, "jwt", object{"authorizer": object{"JWT": token}}, nil, nil, ""},
		{"an authorizer in capitals", httpevent.HTTPAPI, "jwt", object{"Authorizer": object{"jwt": token}}, nil, nil, ""},
		{"claims in capitals", httpevent.HTTPAPI, "jwt", object{"authorizer": object{"jwt": object{"Claims": claims}}}, nil, nil, ""},
		{"a JWT of a URL", httpevent.URL, "jwt", object{"authorizer": object{"jwt": token}}, nil, nil, ""},
		{"the form of 1.0", httpevent.HTTPAPI, "jwt", object{"authorizer": token}, nil, nil, ""},
		{"the form of 2.0", httpevent.REST, "jwt", object{"authorizer": object{"jwt": token}}, nil, nil, ""},
		{"the identity of 1.0", httpevent.HTTPAPI, "iam", object{"identity": object{"userArn": ada}}, nil, nil, ""},
		{"an identity in http", httpevent.REST, "iam", object{"http": object{"userArn": ada}}, nil, nil, ""},
		{"a load balancer", httpevent.ALB, "jwt", object{"authorizer": object{"jwt": token, "claims": claims}}, nil, nil, ""},
		{"a load balancer, IAM", httpevent.ALBMulti, "iam", object{"identity": object{"userArn": ada}}, nil, nil, ""},
	} {
		ev, err := httpevent.Decode(withContext(t, tt.source, tt.change))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got, err := ev.Verdict(tt.kind)
		if tt.claims == nil && tt.arn == "" {
			if err == nil {
				t.Errorf("%s: got %v", tt.name, got)
			}
			continue
		}
		if err != nil || !maps.Equal(got.Claims, tt.claims) || !slices.Equal(got.Scopes, tt.scopes) || got.UserARN != tt.arn {
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		}
	}
}

// No service writes a name twice. Whoever could would have one part of a program read
// the first and another one the last.
func TestAVerdictThatStandsTwiceIsNone(t *testing.T) {
	t.Parallel()
	const frame = `{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"},"authorizer":{"jwt":{"claims":{"sub":"ada"}}}}}`
	const rest = `{"resource":"/","httpMethod":"GET","path":"/","requestContext":{"identity":{"userArn":"arn:aws:iam::123456789012:root"}}}`
	for _, tt := range []struct{ kind, event, old, twice string }{
		{"jwt", frame, `"requestContext":`, `"requestContext":{"authorizer":{"jwt":{"claims":{"sub":"x"}}}},"requestContext":`},
		{"jwt", frame, `"requestContext":`, `"requestContext":null,"requestContext":`},
		{"jwt", frame, `"authorizer":`, `"authorizer":{},"authorizer":`},
		{"jwt", frame, `"authorizer":`, `"\u0061uthorizer":{},"authorizer":`},
		{"jwt", frame, `"jwt":`, `"jwt":null,"jwt":`},
		{"jwt", frame, `"claims":`, `"claims":{},"claims":`},
		{"jwt", frame, `"sub":`, `"sub":"x","sub":`},
		{"jwt", frame, `"sub":`, `"s\u0075b":"x","sub":`},
		{"iam", rest, `"identity":`, `"identity":{},"identity":`},
		{"iam", rest, `"userArn":`, `"userArn":"","userArn":`},
		{"iam", rest, `"requestContext":`, `"requestContext":{},"requestContext":`},
	} {
		for event, want := range map[string]bool{tt.event: true, strings.Replace(tt.event, tt.old, tt.twice, 1): false} {
			ev, err := httpevent.Decode([]byte(event))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := ev.Verdict(tt.kind); (err == nil) != want {
				t.Errorf("%s: got %v, %v", event, got, err)
			}
		}
	}
}

func TestWordsOfAClaim(t *testing.T) {
	t.Parallel()
	for claim, want := range map[string]string{"": "", "a": "a", "a b": "a|b", "[a b]": "a|b", "[]": "", " a  b ": "a|b", "[a": "[a", "[": "["} {
		if got := strings.Join(httpevent.Words(claim), "|"); got != want {
			t.Errorf("%q: got %q", claim, got)
		}
	}
}
