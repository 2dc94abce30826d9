package sam_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What checkov does not ask of the template has a reason each.
func TestEveryExceptionOfCheckovHasItsReason(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "infra", "aws", "checkov.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	exceptions := regexp.MustCompile(`(?m)^  - (CKV\w+)(.*)$`).FindAllStringSubmatch(string(text), -1)
	if len(exceptions) == 0 {
		t.Error("there are no exceptions; is the file read?")
	}
	for _, e := range exceptions {
		if _, reason, _ := strings.Cut(e[2], "# "); len(strings.Fields(reason)) < 5 {
			t.Errorf("%s has no reason", e[1])
		}
	}
}
