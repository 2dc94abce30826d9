// Package published lets the go command get this checkout as a published version of
// Homing, without a network: for tests of what users do in folders of their own.
package published

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// Version is what this checkout is published as.
const Version = "v0.99.0"

const path = "github.com/homing-dev/homing"

// Environ returns the environment of this process, changed so that the go command
// gets [Version] of this checkout: `go get`, `go install …@v0.99.0`, `go build` and
// `go mod tidy` without a network, with the other modules from the module cache of
// who runs the test. Its own module cache is kept for later runs with the same
// source, in the folder for caches of the user.
//
//	env := published.Environ(t)
//	cmd.Env = env // go install github.com/homing-dev/homing/cmd/homing@v0.99.0
func Environ(tb testing.TB) []string {
	tb.Helper()
	root := output(tb, "go", "list", "-m", "-f", "{{.Dir}}")
	modules := output(tb, "go", "env", "GOMODCACHE")
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	cache = filepath.Join(cache, "homing-tests")
	dir, err := publish(root, modules, cache)
	if err != nil {
		tb.Fatal(err)
	}
	forget(cache, dir)
	return append(slices.Clip(os.Environ()),
		"GOMODCACHE="+filepath.Join(dir, "modules"),
		"GOPROXY=file://"+filepath.ToSlash(filepath.Join(dir, "proxy"))+",file://"+filepath.ToSlash(filepath.Join(modules, "cache", "download"))+",off",
		"GOSUMDB=off", "GONOSUMDB=", "GONOPROXY=", "GOPRIVATE=", "GOVCS=*:off", "GOTOOLCHAIN=local", "GOWORK=off",
		// Without -trimpath the modules would be compiled anew, as they are in
		// another folder.
		"GOFLAGS=-mod=mod -trimpath -buildvcs=false",
	)
}

func output(tb testing.TB, name string, args ...string) string {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), name, args...).Output()
	if err != nil {
		tb.Fatalf("%s %q: %v", name, args, err)
	}
	return strings.TrimSpace(string(out))
}

// publish creates the folder for this source below cache, if it is not there.
func publish(root, modules, cache string) (string, error) {
	files, err := list(root)
	if err != nil {
		return "", err
	}
	sum, err := digest(files)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "published-"+sum)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	draft, err := os.MkdirTemp(cache, "draft-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(draft)
	if err := writeProxy(filepath.Join(draft, "proxy"), root, files); err != nil {
		return "", err
	}
	if err := link(modules, filepath.Join(draft, "modules")); err != nil {
		return "", err
	}
	if err := os.Rename(draft, dir); err != nil {
		if _, there := os.Stat(dir); there != nil {
			return "", err
		}
	}
	return dir, nil
}

// file is one of the checkout, as [zip.Create] wants it.
type file struct{ root, name string }

func (f file) Path() string                 { return f.name }
func (f file) Lstat() (os.FileInfo, error)  { return os.Lstat(filepath.Join(f.root, f.name)) }
func (f file) Open() (io.ReadCloser, error) { return os.Open(filepath.Join(f.root, f.name)) }

// list returns the files that are, or can be, under version control.
func list(root string) ([]zip.File, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", root, err)
	}
	var files []zip.File
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		f := file{root, name}
		if info, err := f.Lstat(); err == nil && info.Mode().IsRegular() { // else it is deleted, or no part of a module
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(a, b zip.File) int { return strings.Compare(a.Path(), b.Path()) })
	return files, nil
}

func digest(files []zip.File) (string, error) {
	h := sha256.New()
	for _, f := range files {
		r, err := f.Open()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "\n%s\n", f.Path())
		_, err = io.Copy(h, r)
		if err := errors.Join(err, r.Close()); err != nil {
			return "", err
		}
	}
	const digits = 16
	return hex.EncodeToString(h.Sum(nil))[:digits], nil
}

// writeProxy writes what a module proxy serves of the version.
func writeProxy(dir, root string, files []zip.File) error {
	at := filepath.Join(dir, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	info, err := json.Marshal(map[string]string{"Version": Version, "Time": "2026-01-01T00:00:00Z"})
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"list": []byte(Version + "\n"), Version + ".info": info, Version + ".mod": mod} {
		if err := os.WriteFile(filepath.Join(at, name), data, 0o600); err != nil {
			return err
		}
	}
	w, err := os.Create(filepath.Join(at, Version+".zip"))
	if err != nil {
		return err
	}
	err = zip.Create(w, module.Version{Path: path, Version: Version}, files)
	return errors.Join(err, w.Close())
}

// link creates a module cache in which all but Homing is that of another one.
func link(from, to string) error {
	owner := filepath.Dir(filepath.FromSlash(path))
	for _, at := range []string{".", filepath.Dir(owner)} {
		for _, tree := range []string{"", filepath.Join("cache", "download")} {
			if err := linkAll(filepath.Join(from, tree, at), filepath.Join(to, tree, at), "cache", "github.com", filepath.Base(owner)); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkAll links what is in a folder, less some names.
func linkAll(from, to string, less ...string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || slices.Contains(less, e.Name()) {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// forget removes what older sources have left.
func forget(cache, but string) {
	const day = 24 * time.Hour
	old, _ := filepath.Glob(filepath.Join(cache, "*"))
	for _, dir := range old {
		if info, err := os.Stat(dir); dir != but && err == nil && time.Since(info.ModTime()) > day {
			_ = filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
				if err == nil && e.IsDir() {
					return os.Chmod(p, 0o700) // modules are not to be written
				}
				return nil
			})
			_ = os.RemoveAll(dir)
		}
	}
}
