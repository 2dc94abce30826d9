package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Program is an app that was built.
type Program struct {
	// Path is its file.
	Path    string
	project *Project
}

// Program is a program of the app that was built already.
func (p *Project) Program(path string) Program { return Program{path, p} }

// Build builds the program into a file, "" for one in the user's cache, which later
// builds replace. What Go finds wrong is in the error as Go prints it.
func (p *Project) Build(ctx context.Context, to string) (Program, error) {
	if to == "" {
		var err error
		if to, err = p.cached(); err != nil {
			return Program{}, err
		}
	}
	to, err := filepath.Abs(to)
	if err != nil {
		return Program{}, fmt.Errorf("find where to build: %w", err)
	}
	// A version control system that Go cannot ask is no reason not to build.
	cmd, err := goCommand(ctx, p.Dir, "build", "-buildvcs=false", "-o", to, p.Package)
	if err != nil {
		return Program{}, err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return Program{}, goFailed(ctx, "the app does not build", err, string(out))
	}
	return Program{to, p}, nil
}

// cached is the file of the program in the user's cache.
func (p *Project) cached() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a folder to build into: %w", err)
	}
	dir, err := realPath(p.Dir)
	if err != nil {
		return "", err
	}
	const digits = 16
	sum := sha256.Sum256([]byte(dir + "\n" + p.Package))
	name := filepath.Base(dir)
	folder := filepath.Join(cache, "homing", "apps", name+"-"+hex.EncodeToString(sum[:])[:digits])
	const private = 0o700
	if err := os.MkdirAll(folder, private); err != nil {
		return "", fmt.Errorf("create a folder to build into: %w", err)
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(folder, name), nil
}

// forThisMachine is an environment in which Go builds what runs here.
func forThisMachine(environ []string) []string {
	return append(environ, "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
}
