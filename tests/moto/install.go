package moto

import (
	"context"
	_ "embed" // of the list of packages
	"path/filepath"

	"github.com/homing-dev/homing/tests/internal/cached"
)

//go:embed requirements.txt
var requirements []byte

// install returns the folder of the virtual environment below cache, and creates
// it there if need be.
func install(ctx context.Context, cache string) (dir string, err error) {
	return cached.Folder(cache, "moto", requirements, func(draft, listed string) error {
		if err := cached.Run(ctx, "python3", "-m", "venv", filepath.Join(draft, "venv")); err != nil {
			return err
		}
		return cached.Run(ctx, python(draft), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
			"--require-hashes", "-r", listed)
	})
}

// python is the interpreter of the environment. It finds its packages beside
// itself, wherever the folder was moved.
func python(dir string) string { return filepath.Join(dir, "venv", "bin", "python") }
