package sam_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/homing-dev/homing/runtimes/lambda"
)

func TestFunctionsAreToldWhatTheirRoleReadsAndNoMore(t *testing.T) {
	t.Parallel()
	told := map[string][]string{} // by role
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		for id := range s.functions() {
			env := s.environment(id)
			role := env["HOMING_ROLE"]
			for variable := range env {
				if !slices.Contains(lambda.Variables(role), variable) {
					t.Errorf("%s %s: the role %s does not read %s", name, id, role, variable)
				}
				if !slices.Contains(told[role], variable) {
					told[role] = append(told[role], variable)
				}
			}
		}
	}
	if got, want := slices.Sorted(maps.Keys(told)), []string{"adapter", "all", "failure", "vertex"}; !slices.Equal(got, want) {
		t.Errorf("the roles are %q, want %q", got, want)
	}
	for role, variables := range told {
		for _, variable := range lambda.Variables(role) {
			if !slices.Contains(variables, variable) {
				t.Errorf("no function with the role %s is told %s", role, variable)
			}
		}
	}
}

// What the template says is what the code takes.
func TestTheCodeTakesTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		for id := range s.functions() {
			env := s.environment(id)
			env["AWS_LAMBDA_FUNCTION_NAME"] = id
			cfg, err := lambda.FromEnv(func(name string) string { return placeholder.ReplaceAllString(env[name], "Name$1") })
			if err != nil {
				t.Errorf("%s %s: %v", name, id, err)
			}
			if role := env["HOMING_ROLE"]; (role == lambda.RoleAdapter || role == lambda.RoleAll) && len(cfg.Tokens) != 1 {
				t.Errorf("%s %s lets in %d tenants", name, id, len(cfg.Tokens))
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
