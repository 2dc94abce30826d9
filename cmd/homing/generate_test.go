package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
)

// generateCLI runs `homing generate` with these arguments.
func generateCLI(t *testing.T, args ...string) ended {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{Console: console.New(strings.NewReader(""), &out, &errs, nil), exists: exists, open: openSamples}
	cmd := a.generate()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	code := a.report(cmd.ExecuteContext(t.Context()))
	return ended{code, out.String(), errs.String()}
}

// generatedManifests is where those of this project are.
const generatedManifests = "../../infra/knative"

func TestGenerateKnativeWritesTheManifestsThatAreCheckedIn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	names := strings.Fields(generateCLI(t, "knative", "--out", folder).ok(t).out)
	for _, name := range names {
		rel, err := filepath.Rel(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		if read(t, name) != read(t, filepath.Join(generatedManifests, rel)) {
			t.Errorf("%s is not what is checked in", rel)
		}
	}
	for _, shape := range []string{"inline", "vertex", "split"} {
		if !slices.ContainsFunc(names, func(name string) bool { return filepath.Base(filepath.Dir(name)) == shape }) {
			t.Errorf("the shape %s is missing in %q", shape, names)
		}
	}
}

func TestGenerateKnativeTakesAShapeAnImageAndChains(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "deep", "down")
	chains := write(t, "chain.yaml", "chains:\n  - {name: own, route: POST /own, timeout: 7s, steps: [quote.validate]}\n")
	got := generateCLI(t, "knative", "--shape", "vertex", "--image", "registry.internal/own:1", "--namespace", "shop", "--out", folder, chains).ok(t)
	path := filepath.Join(folder, "vertex", "60-own.yaml")
	if !strings.Contains(got.out, path+"\n") || strings.Contains(got.out, "inline") {
		t.Errorf("printed %s", got.out)
	}
	for _, text := range []string{"image: registry.internal/own:1\n", "namespace: shop\n", "routingslip: own.validate,\n"} {
		if !strings.Contains(read(t, path), text) {
			t.Errorf("%q is not in %s", text, read(t, path))
		}
	}
}

func TestGenerateKnativeThatCannotBeWritesNothing(t *testing.T) {
	t.Parallel()
	slow := write(t, "chain.yaml", "chains:\n  - {name: own, route: POST /own, timeout: 11m, steps: [quote.validate]}\n")
	for name, tc := range map[string]struct {
		args  []string
		code  int
		texts []string
	}{
		"shape":     {[]string{"--shape", "vertx"}, 2, []string{`there is no shape "vertx"; did you mean "vertex"?`, "there are all, inline, vertex, split"}},
		"image":     {[]string{"--image", "a b"}, 2, []string{`"a b" is not the name of an image`}},
		"too slow":  {[]string{slow}, 2, []string{"its timeout may be 580 s"}},
		"no file":   {[]string{"/missing.yaml"}, 2, []string{"there is no file /missing.yaml"}},
		"arguments": {[]string{"a", "b"}, 2, []string{`an argument too many: "b"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			generateCLI(t, append([]string{"knative", "--out", folder}, tc.args...)...).failed(t, tc.code, tc.texts...)
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("%v; %d were written", err, len(left))
			}
		})
	}
}

func TestGenerateKnativeFailsIfItCannotWrite(t *testing.T) {
	t.Parallel()
	file := write(t, "file", "")
	generateCLI(t, "knative", "--out", file).failed(t, 1, "make the folder of the manifests")
}
