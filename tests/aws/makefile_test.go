package aws_test

import (
	"os/exec"
	"strings"
	"testing"
)

// `sam build` linked the one program of all functions ten times.
func TestTheProgramOfAllFunctionsIsLinkedIntoOneFile(t *testing.T) {
	t.Parallel()
	commands := func(function string) (link, last string) {
		cmd := exec.CommandContext(t.Context(), "make", "--no-print-directory", "-n", "build-"+function, "ARTIFACTS_DIR=/"+function)
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if err != nil || len(lines) != 2 {
			t.Fatalf("%v: %s", err, out)
		}
		return lines[0], lines[1]
	}
	one, oneCopy := commands("Adapter")
	other, otherCopy := commands("Vertex")
	if one != other || !strings.HasPrefix(oneCopy, "cp bin/") || !strings.HasSuffix(oneCopy, `"/Adapter/bootstrap"`) ||
		!strings.HasSuffix(otherCopy, `"/Vertex/bootstrap"`) {
		t.Errorf("it runs\n%s\n%s\nand\n%s\n%s", one, oneCopy, other, otherCopy)
	}
}
