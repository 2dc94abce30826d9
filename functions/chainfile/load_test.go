package chainfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions/chainfile"
)

func TestLoadSaysWhichFileIsNotThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "chain.yaml")
	chains, err := chainfile.Load(path, known())
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) || chains != nil {
		t.Errorf("got %v and %v, want an error about %s", chains, err, path)
	}
}

func TestLoadRefusesAFolder(t *testing.T) {
	t.Parallel()
	_, err := chainfile.Load(t.TempDir(), known())
	var path *fs.PathError
	if !errors.As(err, &path) || !strings.HasPrefix(err.Error(), "read the chains: ") {
		t.Errorf("got %v, want an error of reading", err)
	}
}

func TestLoadReadsNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "chain.yaml")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// A sparse file: reading all of it would take a terabyte.
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Fatal(err)
	}
	_, err := chainfile.Load(path, known())
	if want := path + ":1:1: the file is larger than 1048576 bytes"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
