// Package cached keeps what tests install, by a list with checksums, for later runs.
package cached

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Folder returns the folder below cache that has what a list names, and creates it
// there if need be: fill installs what is in the file listed into the folder draft.
// Processes that do so at the same time each create one, and the first to have
// finished renames it to the final name.
func Folder(cache, name string, list []byte, fill func(draft, listed string) error) (dir string, err error) {
	const digits = 16
	sum := sha256.Sum256(list)
	name += "-" + hex.EncodeToString(sum[:])[:digits]
	dir = filepath.Join(cache, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	draft, err := os.MkdirTemp(cache, name+"-draft-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }() // nothing is left of it once it is renamed
	listed := filepath.Join(draft, "requirements.txt")
	if err := os.WriteFile(listed, list, 0o600); err != nil {
		return "", err
	}
	if err := fill(draft, listed); err != nil {
		return "", err
	}
	if err := os.Rename(draft, dir); err != nil {
		if _, there := os.Stat(dir); there != nil {
			return "", err
		}
	}
	return dir, nil
}

// Run runs a command. Its error has what the command has written.
func Run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
