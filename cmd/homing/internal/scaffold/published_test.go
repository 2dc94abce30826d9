package scaffold_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/scaffold"
)

func TestTemplatesOfOtherToolsAreFresh(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "..")
	files, err := scaffold.Published()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for _, f := range files {
		want = append(want, f.Name)
		if got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Name))); err != nil || string(got) != string(f.Data) {
			t.Errorf("%s is not what `make generate` writes: %v", f.Name, err)
		}
	}
	for _, folder := range []string{"templates", "infra/sam/init"} {
		err := fs.WalkDir(os.DirFS(root), folder, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !slices.Contains(want, name) && filepath.Ext(name) != ".pyc" {
				t.Errorf("%s is not written by `make generate`", name)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
