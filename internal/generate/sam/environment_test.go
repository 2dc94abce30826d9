package sam_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/internal/generate/sam"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// What a role does not read is in Config.Ignored, which the next test holds empty.
func TestFunctionsAreToldWhatTheirRoleReadsOfTheTemplate(t *testing.T) {
	t.Parallel()
	told := map[string][]string{} // by role
	for _, name := range shapes() {
		params := shape(name)
		params["LinkKeysSecret"], params["TrustedProxies"] = "links", "10.0.0.0/8"
		params["CallbackTargets"], params["CallbackKeysSecret"] = "hooks.example.com", "callbacks"
		s := deploy(t, params, builtIn(t)...)
		for id := range s.functions() {
			env := s.environment(id)
			role := env["HOMING_ROLE"]
			for variable := range env {
				if !slices.Contains(told[role], variable) {
					told[role] = append(told[role], variable)
				}
			}
		}
	}
	of := func(more ...string) []string {
		return slices.Sorted(slices.Values(append(more, "HOMING_ROLE", "HOMING_TABLE", "HOMING_ARRIVALS", "HOMING_KEEP",
			"HOMING_CALLBACKS", "HOMING_CALLBACK_KEYS",
			"HOMING_LOG_LEVEL", "HOMING_LOG_FORMAT")))
	}
	want := map[string][]string{
		"all":     of("HOMING_TOKENS", "HOMING_AUTHORIZER", "HOMING_JWT_TENANT", "HOMING_LINK_KEYS", "HOMING_TRUSTED_PROXIES", "HOMING_BASE_PATH", "HOMING_MAX_WAIT", "HOMING_COMPRESS", "HOMING_STREAM", "HOMING_POLL", "HOMING_BODIES"),
		"adapter": of("HOMING_TOKENS", "HOMING_AUTHORIZER", "HOMING_JWT_TENANT", "HOMING_LINK_KEYS", "HOMING_TRUSTED_PROXIES", "HOMING_BASE_PATH", "HOMING_MAX_WAIT", "HOMING_COMPRESS", "HOMING_STREAM", "HOMING_POLL", "HOMING_BODIES", "HOMING_VERTICES"),
		"vertex":  of("HOMING_VERTICES", "HOMING_STEPS", "HOMING_BODIES"),
		"failure": of("HOMING_DEAD_LETTERS"),
	}
	for role, variables := range told {
		slices.Sort(variables)
		if !slices.Equal(variables, want[role]) {
			t.Errorf("the role %s is told %q, want %q", role, variables, want[role])
		}
	}
	if len(told) != len(want) {
		t.Errorf("the roles are %v, want %v", told, want)
	}
}

// resolved is a value with names and secrets in the places of references.
func resolved(value string) string {
	value = regexp.MustCompile(`\{\{resolve:[^{}]*\$\{\w+\}\}\}`).ReplaceAllString(value, "0123456789abcdef")
	return placeholder.ReplaceAllString(value, "Name$1")
}

// What the template says is what the code takes.
func TestTheCodeTakesTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		s.isTaken(t, name)
		params := shape(name)
		params["CallbackTargets"], params["CallbackKeysSecret"] = "hooks.example.com,*.shop.example", "callbacks"
		params["Authorizer"], params["JwtTenant"], params["TrustedProxies"] = "jwt", "org", "10.0.0.0/8, 192.0.2.1"
		s = deploy(t, params, builtIn(t)...)
		s.isTaken(t, name)
	}
}

// isTaken checks that the code takes the environment of each function.
func (s *stack) isTaken(t *testing.T, name string) {
	t.Helper()
	for id := range s.functions() {
		env := s.environment(id)
		env["AWS_LAMBDA_FUNCTION_NAME"] = id
		var environ []string
		for variable, value := range env {
			if variable == "HOMING_STORE" {
				value = strings.ReplaceAll(value, "{{resolve:secretsmanager:${StoreSecret}}}", "rediss://user:secret@cache:6379")
			}
			if variable == "HOMING_CALLBACK_KEYS" {
				value = strings.ReplaceAll(value, "{{resolve:secretsmanager:${CallbackKeysSecret}}}", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
			}
			environ = append(environ, variable+"="+resolved(value))
		}
		cfg, err := lambda.FromEnv(environ)
		if err != nil || len(cfg.Ignored) != 0 {
			t.Errorf("%s %s: %v; without effect are %q", name, id, err, cfg.Ignored)
		}
		if role := env["HOMING_ROLE"]; (role == lambda.RoleAdapter || role == lambda.RoleAll) && len(cfg.Tokens) != 1 {
			t.Errorf("%s %s lets in %d tenants", name, id, len(cfg.Tokens))
		}
	}
}

// With the replies in Redis nothing of DynamoDB is left.
func TestRepliesInRedis(t *testing.T) {
	t.Parallel()
	r, err := sam.Write(twoChains(), sam.Options{Redis: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"dynamodb", "AWS::DynamoDB", "HOMING_TABLE", "HOMING_POLL", "Arrivals", "!Ref Replies", "${Replies"} {
		if strings.Contains(string(r.Text), word) {
			t.Errorf("the template has %s", word)
		}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(r.Text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, name := range shapes() {
		s := deployed(t, shape(name), doc.Content[0])
		s.isTaken(t, name)
		for id := range s.functions() {
			if got := s.environment(id)["HOMING_STORE"]; got != "{{resolve:secretsmanager:${StoreSecret}}}" {
				t.Errorf("%s %s has the store %q", name, id, got)
			}
		}
	}
}

func TestWhereTheReplyStoreIs(t *testing.T) {
	t.Parallel()
	params := shape("split")
	params["Arrivals"], params["KeepReplies"] = "true", "90s"
	s := deploy(t, params, twoChains()...)
	for id := range s.functions() {
		env := s.environment(id)
		if env["HOMING_TABLE"] != "${Replies}" || env["HOMING_ARRIVALS"] != "true" || env["HOMING_KEEP"] != "90s" {
			t.Errorf("%s is told %v", id, env)
		}
	}
	if got := s.environment("Failure")["HOMING_DEAD_LETTERS"]; got != "${DeadLetters}" {
		t.Errorf("dead letters go to %q", got)
	}
}
