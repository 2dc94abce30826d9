package sam_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The SAM CLI must be told which rights a deployment takes: roles without names
// of their own need CAPABILITY_IAM, and nothing here needs more.
func TestTheCommandLineIsToldWhatTheTemplateNeeds(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "samconfig.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`stack_name = "homing"`, `capabilities = "CAPABILITY_IAM"`, "resolve_s3 = true", "confirm_changeset = true", "lint = true",
	} {
		if strings.Count("\n"+string(text), "\n"+line+"\n") != 1 {
			t.Errorf("%s is not there once", line)
		}
	}
	if strings.Contains(string(text), "parameter_overrides") {
		t.Error("parameters are checked in, and a secret may be among them")
	}
	s := deploy(t, shape("split"), builtIn(t)...)
	for _, kind := range []string{"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"} {
		for id, r := range s.all(kind) {
			for _, name := range []string{"RoleName", "ManagedPolicyName"} {
				if r.at("Properties")[name] != nil {
					t.Errorf("%s has a name of its own", id)
				}
			}
		}
	}
}
