package kubernetes_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/kubectl/pkg/cmd"
)

// kubectlLines are the lines of pages, and of the comments of manifests, that begin
// with kubectl.
func kubectlLines(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	var lines []string
	for _, pattern := range []string{"README.md", "docs/guides/*.md", "infra/k*/*/*.yaml"} {
		files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n#", "")) {
				line = strings.TrimSpace(strings.TrimPrefix(line, "#"))
				if strings.HasPrefix(line, "kubectl ") && !seen[line] {
					seen[line] = true
					lines = append(lines, line)
				}
			}
		}
	}
	return lines
}

// TestKubectlKnowsEveryLine has kubectl itself read the commands and their flags, and
// checks that the folders that they name are there.
func TestKubectlKnowsEveryLine(t *testing.T) {
	t.Parallel()
	lines := kubectlLines(t)
	if len(lines) < 10 {
		t.Fatalf("found %q", lines)
	}
	for _, line := range lines {
		out, err := exec.CommandContext(t.Context(), "sh", "-euc", `kubectl() { printf '%s\n' "$@"; }; HOMING_TOKEN=a; `+line).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
			continue
		}
		if err := knows(strings.Split(strings.TrimSpace(string(out)), "\n")); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		_, folder, ok := strings.Cut(line, " -k ")
		folder, _, _ = strings.Cut(folder, " ")
		if _, err := os.Stat(filepath.Join("..", "..", folder, "kustomization.yaml")); ok && folder != "FOLDER" && folder != "deploy/inline" && err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"aply -k a", "apply --prun", "logs --selektor=a", "rollout state a"} {
		if knows(strings.Fields(line)) == nil {
			t.Errorf("kubectl knows %q", line)
		}
	}
}

// knows returns what kubectl would not take.
func knows(args []string) error {
	root := cmd.NewKubectlCommand(cmd.KubectlOptions{IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: io.Discard}})
	command, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := command.ParseFlags(rest); err != nil {
		return err
	}
	if command.HasSubCommands() && len(command.Flags().Args()) > 0 {
		return fmt.Errorf("there is no such command below %s", command.Name())
	}
	return command.ValidateArgs(command.Flags().Args())
}
