package dev

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// changed is what has changed since the round before.
type changed struct {
	app      bool // what the app is built of
	programs bool // what programs of steps are written in
}

// and returns what has changed in two times.
func (c changed) and(other changed) changed {
	return changed{c.app || other.app, c.programs || other.programs}
}

// settleTime is for how long nothing may change before a round begins: editors
// write a file in several steps, and people several files at once.
const settleTime = 100 * time.Millisecond

// watch reports changes below dir until ctx ends. A folder that is made later is
// watched, too.
func watch(ctx context.Context, dir string) (<-chan changed, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	if err := addFolders(w, dir); err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("watch %s: %w", dir, err)
	}
	out := make(chan changed)
	go collect(ctx, w, dir, out)
	return out, nil
}

// collect sends what has changed once nothing changes any more, until ctx ends.
func collect(ctx context.Context, w *fsnotify.Watcher, dir string, out chan<- changed) {
	defer w.Close() //nolint:errcheck // it only reads
	var sum changed
	var ready chan<- changed
	settled := time.NewTimer(settleTime)
	settled.Stop()
	note := func(now changed) {
		if now != (changed{}) {
			sum, ready = sum.and(now), nil
			settled.Reset(settleTime)
		}
	}
	for {
		select {
		case e, ok := <-w.Events:
			if !ok {
				return
			}
			if e.Has(fsnotify.Create) {
				_ = addFolders(w, e.Name) // it may be gone again
			}
			note(classify(dir, e))
		case _, ok := <-w.Errors: // an overflow: something has changed
			if !ok {
				return
			}
			note(changed{app: true, programs: true})
		case <-settled.C:
			ready = out
		case ready <- sum:
			sum, ready = changed{}, nil
		case <-ctx.Done():
			return
		}
	}
}

// addFolders watches a folder and those below it, as far as people write there.
func addFolders(w *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == dir:
			return err
		case err != nil:
			return nil //nolint:nilerr // it has gone meanwhile
		case !d.IsDir():
			return nil
		case path != dir && unwatched(d.Name()):
			return filepath.SkipDir
		default:
			return w.Add(path)
		}
	})
}

// unwatched reports whether a folder has what tools write.
func unwatched(name string) bool {
	return strings.HasPrefix(name, ".") ||
		slices.Contains([]string{"node_modules", "__pycache__", "venv", "vendor", "dist", "bin", "build", "target", "testdata"}, name)
}

// classify says what a change of a file is about.
func classify(dir string, e fsnotify.Event) changed {
	name := filepath.Base(e.Name)
	if e.Op == fsnotify.Chmod || strings.HasSuffix(name, "~") || strings.HasPrefix(name, ".#") || strings.HasPrefix(name, "#") {
		return changed{}
	}
	at, err := filepath.Rel(dir, filepath.Dir(e.Name))
	if err != nil || at != "." && slices.ContainsFunc(strings.Split(at, string(os.PathSeparator)), unwatched) {
		return changed{}
	}
	switch ext := filepath.Ext(name); {
	case name == ".env":
		return changed{app: true, programs: true}
	case name == "go.mod", name == "go.sum", name == "chain.yaml", ext == ".go":
		return changed{app: true}
	case slices.Contains([]string{
		".py", ".js", ".mjs", ".cjs", ".ts", ".mts", ".rb", ".java", ".kt", ".rs", ".cs", ".php", ".pl", ".sh", ".lua", ".ex", ".exs",
	}, ext), name == "package.json", name == "requirements.txt":
		return changed{programs: true}
	default:
		return changed{}
	}
}
