package knative_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/generate/knative"
)

var update = flag.Bool("update", false, "write the manifests that are checked in")

// infra is the folder of those that are checked in, one for each generator.
var infra = filepath.Join("..", "..", "..", "infra")

// builtIn are the chains of the root's chain.yaml.
func builtIn(t *testing.T) []functions.Chain {
	t.Helper()
	known, err := function.Functions()
	if err != nil {
		t.Fatal(err)
	}
	chains, err := chainfile.Parse("chain.yaml", function.ChainFile, known)
	if err != nil {
		t.Fatal(err)
	}
	return chains
}

// checkedIn lists the manifests in this folder, with slashes.
func checkedIn(t *testing.T, manifests string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(manifests), ".", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".yaml" {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestManifestsAreFresh holds the manifests that are checked in to be what the
// generator writes. Run it with -update to write them anew.
func TestManifestsAreFresh(t *testing.T) { //nolint:paralleltest // it may write the files that another test reads.
	for folder, generate := range map[string]func([]functions.Chain, knative.Options) ([]knative.File, error){
		"knative": knative.Manifests, "kubernetes": knative.Kubernetes,
	} {
		files, err := generate(builtIn(t), knative.Options{})
		if err != nil {
			t.Fatal(err)
		}
		fresh(t, filepath.Join(infra, folder), files)
	}
}

// fresh holds the files in a folder to be these.
func fresh(t *testing.T, manifests string, files []knative.File) {
	t.Helper()
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		if *update {
			write(t, manifests, f)
		}
		got, err := os.ReadFile(filepath.Join(manifests, filepath.FromSlash(f.Name)))
		if err != nil || !bytes.Equal(got, f.Data) {
			t.Errorf("%s is not what would be written today (%v)", f.Name, err)
		}
	}
	for _, name := range checkedIn(t, manifests) {
		if slices.Contains(names, name) {
			continue
		}
		if !*update {
			t.Errorf("%s would not be written today", name)
		} else if err := os.Remove(filepath.Join(manifests, filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		t.Log("to write them anew: go test ./internal/generate/knative -run Fresh -update")
	}
}

func write(t *testing.T, manifests string, f knative.File) {
	t.Helper()
	path := filepath.Join(manifests, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, f.Data, 0o644); err != nil {
		t.Fatal(err)
	}
}
