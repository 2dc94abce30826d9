package published_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/internal/published"
)

const program = `package main

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

func main() {
	runtimes.Main([]byte("chains: [{name: echo, route: POST /echo, steps: [echo]}]"), functions.Map{
		"echo": func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil },
	})
}
`

func TestAnAppElsewhereIsBuiltWithThePublishedVersion(t *testing.T) {
	t.Parallel()
	env, dir := published.Environ(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"mod", "init", "example.com/echo"}, {"get", "github.com/homing-dev/homing@" + published.Version}, {"build", "-o", "echo", "."},
	} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %q: %v\n%s", args, err, out)
		}
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(dir, "echo"), "describe").Output()
	if err != nil || !strings.Contains(string(out), `"version":"`+published.Version+`","functions":{"echo":{}}`) {
		t.Errorf("got %s, %v", out, err)
	}
}
