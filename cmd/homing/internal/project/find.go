package project

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/describe"
)

// DefaultFile is what the file of chains is called.
const DefaultFile = "chain.yaml"

// Options are where an app is. The zero value means the current folder.
type Options struct {
	// Dir is the folder of the app.
	Dir string
	// Chain is the file that declares the chains, from the current folder; ""
	// means chain.yaml in Dir.
	Chain string
	// Package is the main package of the app, from Dir, as `go build` takes it;
	// "" means that it is looked for.
	Package string
	// Read are how the chains are read.
	Read []chainfile.Option
	// Environ is added to the environment of the app.
	Environ []string
}

// Define adds the flags for the folder and the package.
func (o *Options) Define(f *pflag.FlagSet) {
	f.StringVar(&o.Dir, "dir", "", "`FOLDER` of the app (default: the current one)")
	f.StringVar(&o.Package, "package", "", "main `PACKAGE` of the app (default: ., ./cmd/app or the only one that imports Homing's runtimes)")
}

// Project is an app that was found.
type Project struct {
	// Dir is the folder of the app.
	Dir string
	// Chain is the file that declares the chains, as a user reads it.
	Chain string
	// Package is the main package of the app, from Dir. It is "" if there is no
	// program: then all steps are remote ones.
	Package string

	ownFile bool // Chain is another than that of the app
	read    []chainfile.Option
	environ []string
}

// Remote reports whether there is no program, so that all steps are remote ones.
func (p *Project) Remote() bool { return p.Package == "" }

// Find finds the app. Nothing is built.
func Find(ctx context.Context, o Options) (*Project, error) {
	p := &Project{Dir: filepath.Clean(o.Dir), Chain: o.Chain, ownFile: o.Chain != "", read: o.Read, environ: o.Environ}
	if info, err := os.Stat(p.Dir); err != nil || !info.IsDir() {
		return nil, exit.Usagef("there is no folder %s", p.Dir).Then("name the folder of your app with --dir")
	}
	if p.Chain == "" {
		p.Chain = filepath.Join(p.Dir, DefaultFile)
	}
	if info, err := os.Stat(p.Chain); errors.Is(err, os.ErrNotExist) {
		return nil, p.missing()
	} else if err == nil && info.IsDir() {
		return nil, exit.Usagef("%s is a folder", p.Chain).Then("name the file that declares the chains")
	}
	var err error
	if p.Package, err = findPackage(ctx, p.Dir, o.Package); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Project) missing() error {
	if p.ownFile {
		return exit.Usagef("there is no file %s", p.Chain).
			Then("name the file that declares the chains, or leave it out for %s in the folder of the app", DefaultFile)
	}
	where := "this folder"
	if p.Dir != "." {
		where = p.Dir
	}
	return exit.Usagef("there is no %s in %s", DefaultFile, where).
		Then("go to the folder of your app or name it with --dir, or start one: homing new NAME")
}

// findPackage returns the main package of the app in a folder, "" for none.
func findPackage(ctx context.Context, dir, given string) (string, error) {
	inModule, err := hasModule(dir)
	switch {
	case err != nil:
		return "", err
	case !inModule && given != "":
		return "", exit.Usagef("--package %s: there is no go.mod in %s", given, dir).Then("make a Go module of it: go mod init NAME")
	case strings.HasPrefix(given, "-"):
		return "", exit.Usagef("--package %q is not a package", given)
	case given != "" || !inModule:
		return given, nil
	}
	mains, err := listMains(ctx, dir)
	if err != nil {
		return "", err
	}
	return choose(mains)
}

// hasModule reports whether a folder is in a Go module.
func hasModule(dir string) (bool, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false, fmt.Errorf("find go.mod: %w", err)
	}
	for {
		if info, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && info.Mode().IsRegular() {
			return true, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false, nil
		}
		dir = parent
	}
}

// listMains returns the programs at and below a folder that import the runtimes of
// Homing, from the folder.
func listMains(ctx context.Context, dir string) ([]string, error) {
	cmd, err := goCommand(ctx, dir, "list", "-e", "-find", "-json=Dir,Name,GoFiles,CgoFiles", "./...")
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, goFailed(ctx, "the packages of "+dir+" cannot be listed", err, stderr.String())
	}
	root, err := realPath(dir)
	if err != nil {
		return nil, err
	}
	var mains []string
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var one struct {
			Dir      string   `json:"Dir"`      //nolint:tagliatelle // as go list prints it
			Name     string   `json:"Name"`     //nolint:tagliatelle // the same
			GoFiles  []string `json:"GoFiles"`  //nolint:tagliatelle // the same
			CgoFiles []string `json:"CgoFiles"` //nolint:tagliatelle // the same
		}
		if err := dec.Decode(&one); errors.Is(err, io.EOF) {
			return mains, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what go list prints: %w", err)
		}
		if one.Name != "main" || !importsRuntimes(one.Dir, append(one.GoFiles, one.CgoFiles...)) {
			continue
		}
		rel, err := filepath.Rel(root, one.Dir)
		if err != nil {
			return nil, fmt.Errorf("find the package in %s: %w", one.Dir, err)
		}
		if rel = filepath.ToSlash(rel); rel != "." {
			rel = "./" + rel
		}
		mains = append(mains, rel)
	}
}

// importsRuntimes reports whether one of the files does so, as far as they can be
// read.
func importsRuntimes(dir string, files []string) bool {
	return slices.ContainsFunc(files, func(name string) bool {
		f, _ := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.ImportsOnly)
		return f != nil && slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool {
			return i.Path.Value == strconv.Quote(describe.Module+"/runtimes")
		})
	})
}

// realPath is a folder as the go command writes it.
func realPath(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return "", fmt.Errorf("find the folder of the app: %w", err)
	}
	return dir, nil
}

// choose returns the package of the app among programs that import the runtimes.
func choose(mains []string) (string, error) {
	for _, first := range []string{".", "./cmd/app"} {
		if slices.Contains(mains, first) {
			return first, nil
		}
	}
	below := slices.DeleteFunc(slices.Clone(mains), func(p string) bool { return path.Dir(p) != "./cmd" && path.Dir(p) != "cmd" })
	if len(below) == 1 {
		return below[0], nil
	}
	switch len(mains) {
	case 0:
		return "", nil
	case 1:
		return mains[0], nil
	}
	return "", exit.Usagef("the app may be %s", strings.Join(mains, " or ")).Then("choose: --package %s", mains[0])
}

// goCommand is a run of the go command in a folder. What it builds is for this
// machine.
func goCommand(ctx context.Context, dir string, args ...string) (*exec.Cmd, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, exit.Usagef("the app in %s is built with Go: %w", dir, err).Then("install Go from https://go.dev/dl")
	}
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // on the user's own packages
	cmd.Dir = dir
	cmd.Env = forThisMachine(cmd.Environ())
	return cmd, nil
}

// goFailed is the error of a run of the go command, with what that has printed.
func goFailed(ctx context.Context, what string, err error, printed string) error {
	if ctx.Err() != nil {
		return exit.Failedf("%s: %w", what, context.Cause(ctx))
	}
	if printed = strings.TrimSpace(printed); printed == "" {
		return exit.Failedf("%s: %w", what, err)
	}
	return exit.Failedf("%s:\n%s", what, printed)
}
