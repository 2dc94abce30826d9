package dynalite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/internal/dynalite"
)

func TestConcurrentFirstStartsInstallOnce(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			s, err := dynalite.Start(t.Context(), dynalite.Options{Cache: cache})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if left, err := os.ReadDir(cache); err != nil || len(left) != 1 {
		t.Errorf("in the cache: %v, %v", left, err)
	}
}

// Nothing of this runs in parallel: the PATH is that of the whole process.
func TestStartNamesWhatIsMissing(t *testing.T) {
	empty := t.TempDir()
	onlyNode := t.TempDir()
	if err := os.WriteFile(filepath.Join(onlyNode, "node"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"Node.js": empty, "npm": onlyNode} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", path)
			_, err := dynalite.Start(t.Context(), dynalite.Options{Cache: t.TempDir()})
			if err == nil || !strings.Contains(err.Error(), "needs Node.js 20 or newer with npm") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAFailedInstallLeavesNothingBehind(t *testing.T) {
	tools := t.TempDir()
	for name, script := range map[string]string{"node": "#!/bin/sh\n", "npm": "#!/bin/sh\necho no network here; exit 3\n"} {
		if err := os.WriteFile(filepath.Join(tools, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", tools)
	cache := t.TempDir()
	_, err := dynalite.Start(t.Context(), dynalite.Options{Cache: cache})
	if err == nil || !strings.Contains(err.Error(), "no network here") {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 0 {
		t.Errorf("in the cache: %v, %v", left, err)
	}
}

func TestAServerThatEndsAtOnceIsAnError(t *testing.T) {
	tools := t.TempDir()
	for name, script := range map[string]string{"node": "#!/bin/sh\necho too old >&2; exit 1\n", "npm": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(tools, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", tools)
	_, err := dynalite.Start(t.Context(), dynalite.Options{Cache: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "too old") {
		t.Errorf("got %v", err)
	}
}

// The lock file names versions and hashes, and no host that packages come
// from: that is the business of whoever installs them.
func TestTheLockFileNamesNoHostOfPackages(t *testing.T) {
	t.Parallel()
	lock, err := os.ReadFile(filepath.Join("server", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) || !bytes.Contains(lock, []byte(`"integrity"`)) {
		t.Error("write it again by npm install --omit-lockfile-registry-resolved")
	}
	if !bytes.Contains(lock, []byte(`"dynalite": "4.0.0"`)) {
		t.Error("dynalite is not pinned")
	}
}
