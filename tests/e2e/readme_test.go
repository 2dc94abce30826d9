package e2e_test

import (
	"encoding/json"
	"image"
	_ "image/jpeg" // what the README makes
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// commands are the lines of the README's first block for the shell after
// "make run".
func commands(t *testing.T) []string {
	t.Helper()
	_, after, found := strings.Cut(sample(t, "README.md"), "make run\n```")
	_, after, opened := strings.Cut(after, "```sh\n")
	block, _, closed := strings.Cut(after, "```")
	if !found || !opened || !closed {
		t.Fatal("README.md has no block of commands after make run")
	}
	return strings.Split(strings.TrimSpace(block), "\n")
}

// A newcomer types what the README says, and it works.
func TestCommandsOfTheREADME(t *testing.T) {
	t.Parallel()
	p := serve(t)
	lines := commands(t)
	if len(lines) != 2 {
		t.Fatalf("README.md has %q, want two commands", lines)
	}
	picture := filepath.Join(t.TempDir(), "thumb.jpg")
	shell := func(line string) string {
		for _, replaced := range [][2]string{{"http://127.0.0.1:8080", p.url}, {"-o thumb.jpg", "-o '" + picture + "'"}} {
			if strings.HasPrefix(replaced[0], "http") && !strings.Contains(line, replaced[0]) {
				t.Errorf("%s does not call %s", line, replaced[0])
			}
			line = strings.ReplaceAll(line, replaced[0], replaced[1])
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = filepath.Join("..", "..")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return string(out)
	}
	var quote struct{ Totals struct{ Gross string } }
	out := shell(lines[0])
	if err := json.Unmarshal([]byte(out), &quote); err != nil || quote.Totals.Gross == "" ||
		!sameJSON(out, sample(t, "testdata", "order.quote.json")) {
		t.Errorf("%s: %v in %s", lines[0], err, out)
	}
	if out := shell(lines[1]); out != "" {
		t.Errorf("%s printed %s", lines[1], out)
	}
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const width = 320 // as the command asks for
	made, format, err := image.Decode(f)
	if err != nil || format != "jpeg" || made.Bounds().Dx() != width {
		t.Errorf("%s: %v, %s %v", lines[1], err, format, made)
	}
}
