package dynalite

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source is what is installed: the packages by name, version and hash, and the
// script that runs dynalite.
//
//go:embed server/package.json server/package-lock.json server/serve.js
var source embed.FS

// errMissing is the error where what this package needs is missing.
var errMissing = errors.New("dynalite needs Node.js 20 or newer with npm; install it or put it on the PATH")

// install returns the folder where dynalite is installed below cache, and
// installs it there if need be. Processes that do so at the same time do not
// disturb each other: each installs into a folder of its own, and the first to
// have finished renames its folder to the final name.
func install(ctx context.Context, cache string) (dir string, err error) {
	name, err := folder()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(cache, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("%w (%w)", errMissing, err)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil { //nolint:gosec // a cache like others: nothing in it is secret
		return "", err
	}
	draft, err := os.MkdirTemp(cache, name+"-draft-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }() // nothing is left of it once it is renamed
	if err := fill(ctx, npm, draft); err != nil {
		return "", err
	}
	return dir, publish(draft, dir)
}

// folder names the folder of what is embedded, so that another version gets
// another one.
func folder() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(source, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := source.ReadFile(path)
		_, _ = fmt.Fprintf(hash, "%s %d\n%s", path, len(content), content) // a hash takes everything
		return err
	})
	const digits = 16
	return "dynalite-" + hex.EncodeToString(hash.Sum(nil))[:digits], err
}

// fill installs the packages into an empty folder.
func fill(ctx context.Context, npm, dir string) error {
	files, err := fs.Sub(source, "server")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, files); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w\n%s", dir, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// publish renames a folder to its final name, unless another process was faster.
func publish(draft, dir string) error {
	err := os.Rename(draft, dir)
	if err == nil {
		return nil
	}
	if _, there := os.Stat(dir); there == nil {
		return nil
	}
	return err
}
