package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
)

// command runs a program and returns what it has written.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// published releases a version of what is committed here, for this platform.
func published(t *testing.T, tag string) string {
	t.Helper()
	source := filepath.Join(t.TempDir(), "source")
	command(t, ".", "git", "clone", "--quiet", "--no-hardlinks", "../..", source)
	command(t, source, "git", "tag", tag)
	r := release{source: source, out: filepath.Join(t.TempDir(), "dist")}
	if err := r.run(t.Context(), runtime.GOOS+"/"+runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	return r.out
}

func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s finds %v, %v", pattern, found, err)
	}
	return found[0]
}

func TestWhatIsPublishedInstallsAndKnowsItsVersion(t *testing.T) {
	t.Parallel()
	const tag = "v0.9.1-rc.2"
	dist := published(t, tag)
	command(t, dist, "sha256sum", "--check", "--strict", "checksums.txt")
	want := func(t *testing.T, how, program string) {
		t.Helper()
		for _, args := range [][]string{{"version"}, {"--version"}} {
			if got := command(t, dist, program, args...); !strings.HasPrefix(got, "homing "+tag+",") || strings.Contains(got, "modified") {
				t.Errorf("%s: %s", how, got)
			}
		}
	}
	t.Run("archive", func(t *testing.T) {
		t.Parallel()
		to := t.TempDir()
		command(t, to, "tar", "-xzf", only(t, dist+"/homing_*.tar.gz"))
		want(t, "the archive", filepath.Join(to, "homing"))
	})
	t.Run("wheel", func(t *testing.T) {
		t.Parallel()
		to := t.TempDir()
		command(t, to, "python3", "-m", "venv", "venv")
		command(t, to, "venv/bin/pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", only(t, dist+"/*.whl"))
		want(t, "the wheel", filepath.Join(to, "venv/bin/homing"))
		if list := command(t, to, "venv/bin/pip", "show", "--files", "homing"); !strings.Contains(list, "Version: 0.9.1rc2") {
			t.Error(list)
		}
		command(t, to, "venv/bin/pip", "uninstall", "--quiet", "--yes", "homing")
		if _, err := os.Stat(filepath.Join(to, "venv/bin/homing")); err == nil {
			t.Error("pip has left the program")
		}
	})
	t.Run("npm", func(t *testing.T) {
		t.Parallel()
		to := t.TempDir()
		command(t, to, "npm", "install", "--offline", "--no-audit", "--no-fund", "--prefix", to,
			only(t, dist+"/homing-dev-homing-"+runtime.GOOS+"-*.tgz"), only(t, dist+"/homing-dev-homing-0*.tgz"))
		want(t, "the package of npm", filepath.Join(to, "node_modules/.bin/homing"))
		cmd := exec.CommandContext(t.Context(), filepath.Join(to, "node_modules/.bin/homing"), "no-such-command")
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 2 {
			t.Errorf("a wrong command ends with %v", err)
		}
	})
	t.Run("bill of materials", func(t *testing.T) {
		t.Parallel()
		text, err := os.ReadFile(only(t, dist+"/*.spdx.json"))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := spdxjson.Read(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range doc.Packages {
			names = append(names, p.PackageName+" "+p.PackageVersion)
		}
		for _, part := range []string{
			"github.com/homing-dev/homing " + tag, "stdlib " + strings.TrimPrefix(runtime.Version(), "go"),
			"github.com/cloudevents/sdk-go/v2 " + strings.TrimSpace(command(t, "../..", "go", "list", "-m", "-f", "{{.Version}}", "github.com/cloudevents/sdk-go/v2")),
		} {
			if !slices.Contains(names, part) {
				t.Errorf("%q is not in %q", part, names)
			}
		}
	})
}

func TestEveryPlatformHasItsTags(t *testing.T) {
	t.Parallel()
	all, err := parsePlatforms(allPlatforms)
	if err != nil {
		t.Fatal(err)
	}
	var wheels, packages []string
	for _, p := range all {
		wheels, packages = append(wheels, p.wheelTag()), append(packages, p.npmName())
	}
	text, err := json.MarshalIndent([][]string{wheels, packages}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/tags.json")
	if err != nil || string(want) != string(text)+"\n" {
		t.Errorf("got %s, want %s, %v", text, want, err)
	}
}

func TestWhatIsNoVersionIsNotReleased(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "source")
	command(t, ".", "git", "init", "--quiet", source)
	git := func(args ...string) {
		command(t, source, "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	}
	git("commit", "--quiet", "--allow-empty", "-m", "First")
	wants := func(what, want string) {
		t.Helper()
		r := release{source: source, out: filepath.Join(source, "dist")}
		if err := r.run(t.Context(), "linux/amd64"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	wants("no tag", "git tag v0.1.0")
	git("tag", "v1")
	wants("half a version", `"v1" is not a version`)
	if err := os.WriteFile(filepath.Join(source, "new"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wants("changes", "not committed")
	if _, err := parsePlatforms("plan9/amd64"); err == nil || !strings.Contains(err.Error(), "plan9/amd64") {
		t.Errorf("got %v", err)
	}
	if err := emptyFolder(source); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v", err)
	}
}
