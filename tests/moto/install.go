package moto

import (
	"context"
	"crypto/sha256"
	_ "embed" // of the list of packages
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed requirements.txt
var requirements []byte

// install returns the folder of the virtual environment below cache, and creates
// it there if need be. Processes that do so at the same time each create one,
// and the first to have finished renames it to the final name.
func install(ctx context.Context, cache string) (dir string, err error) {
	const digits = 16
	sum := sha256.Sum256(requirements)
	name := "moto-" + hex.EncodeToString(sum[:])[:digits]
	dir = filepath.Join(cache, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil { //nolint:gosec // a cache like others: nothing in it is secret
		return "", err
	}
	draft, err := os.MkdirTemp(cache, name+"-draft-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }() // nothing is left of it once it is renamed
	if err := fill(ctx, draft); err != nil {
		return "", err
	}
	if err := os.Rename(draft, dir); err != nil {
		if _, there := os.Stat(dir); there != nil {
			return "", err
		}
	}
	return dir, nil
}

func fill(ctx context.Context, dir string) error {
	listed := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(listed, requirements, 0o600); err != nil {
		return err
	}
	if err := run(ctx, "python3", "-m", "venv", filepath.Join(dir, "venv")); err != nil {
		return err
	}
	return run(ctx, python(dir), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
		"--require-hashes", "-r", listed)
}

// python is the interpreter of the environment. It finds its packages beside
// itself, wherever the folder was moved.
func python(dir string) string { return filepath.Join(dir, "venv", "bin", "python") }

func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // of this package alone
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
