package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGenerateSAMWritesTheTemplateThatIsCheckedIn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "template.yaml")
	if got := generateCLI(t, "sam", "--out", path).ok(t).out; got != path+"\n" {
		t.Errorf("printed %q", got)
	}
	if read(t, path) != read(t, filepath.Join("..", "..", "template.yaml")) {
		t.Error("it is not what is checked in")
	}
}

func TestGenerateSAMTakesChains(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "own.yaml")
	chains := write(t, "chain.yaml", "chains:\n  - {name: own, route: POST /own, timeout: 7s, steps: [quote.validate]}\n")
	generateCLI(t, "sam", "--out", path, chains).ok(t)
	if text := read(t, path); !strings.Contains(text, "HOMING_STEPS: own.validate\n") || strings.Contains(text, "thumbnail") {
		t.Errorf("wrote %s", text)
	}
}

func TestGenerateSAMThatCannotBeWritesNothing(t *testing.T) {
	t.Parallel()
	slow := write(t, "chain.yaml", "chains:\n  - {name: own, route: POST /own, timeout: 15m, steps: [quote.validate]}\n")
	for name, tc := range map[string]struct {
		args  []string
		code  int
		texts []string
	}{
		"too slow":  {[]string{slow}, 2, []string{"the chains cannot be deployed so", "its timeout may be 890 s"}},
		"no file":   {[]string{"/missing.yaml"}, 2, []string{"there is no file /missing.yaml"}},
		"store":     {[]string{"--store", "memory"}, 2, []string{`--store "memory" is neither dynamodb nor redis`}},
		"arguments": {[]string{"a", "b"}, 2, []string{`an argument too many: "b"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			generateCLI(t, append([]string{"sam", "--out", filepath.Join(folder, "template.yaml")}, tc.args...)...).failed(t, tc.code, tc.texts...)
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("%v; %d were written", err, len(left))
			}
		})
	}
}

func TestGenerateSAMFailsIfItCannotWrite(t *testing.T) {
	t.Parallel()
	generateCLI(t, "sam", "--out", filepath.Join(t.TempDir(), "missing", "template.yaml")).failed(t, 1, "write the template")
}

func TestHelpOfGenerateSAMHasExamples(t *testing.T) {
	t.Parallel()
	got := cli(t, "generate", "sam", "--help").ok(t).out
	golden(t, "help-generate-sam.txt", got)
	if !strings.Contains(got, "Examples:\n") {
		t.Error("there are no examples")
	}
}
