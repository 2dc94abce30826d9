package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// executables are those that run the functions, by logical id, as far as they
// are not the ones beside the template. With --build all are compiled;
// without it those that are for another machine, if their source is here.
func (a *app) executables(ctx context.Context, o localOptions, stack template.Stack) (map[string]string, error) {
	compiled := map[string]string{} // by package
	found := map[string]string{}
	for _, f := range stack.Functions {
		source, why, err := a.sourceOf(ctx, o, f)
		if err != nil {
			return nil, err
		}
		if source == "" {
			continue
		}
		if compiled[source] == "" {
			_, _ = io.WriteString(a.Err, why)
			if compiled[source], err = compile(ctx, stack.Dir, source, len(compiled)); err != nil {
				return nil, err
			}
		}
		found[f.ID] = compiled[source]
	}
	return found, nil
}

// sourceOf is the package that a function is compiled from, "" if it need not be, and
// why it is compiled, for the user, if nobody asked for that.
func (a *app) sourceOf(ctx context.Context, o localOptions, f template.Function) (source, why string, err error) {
	if o.build {
		switch {
		case strings.HasPrefix(f.BuildMethod, "go1"):
			return f.Dir, "", nil
		case o.buildPackage != "":
			return o.buildPackage, "", nil
		default:
			source, err = a.localPackage(ctx)
			return source, "", err
		}
	}
	foreign, ok := errors.AsType[*emulator.ForeignError](emulator.CheckExecutable(filepath.Join(f.Dir, "bootstrap")))
	if !ok {
		return "", "", nil // the emulator finds what else is invalid
	}
	source = o.buildPackage
	if source == "" {
		source, _ = a.localPackage(ctx) // "" is no folder
	}
	if !isFolder(source) {
		return "", "", exit.Usagef("%s: %w", f.ID, foreign).
			Then("compile it for this machine: homing local --build --package FOLDER")
	}
	return source, fmt.Sprintf("The functions were built for %s; compiling %s for %s.\n", foreign.Has, source, foreign.Needs), nil
}

// localPackage is the main package of the app in the folder.
func (a *app) localPackage(ctx context.Context) (string, error) {
	found, err := project.Find(ctx, project.Options{Environ: a.environ})
	if err == nil && found.Remote() {
		err = exit.Usagef("there is no program here whose main calls runtimes.Main").Then("name its package with --package")
	}
	if err != nil {
		return "", err
	}
	return found.Package, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// compile builds the program of a package for this machine, as the Makefile
// does it for AWS, into a folder below the template's own.
func compile(ctx context.Context, dir, source string, n int) (string, error) {
	if strings.HasPrefix(source, "-") {
		return "", exit.Usagef("--package %q is not a package", source)
	}
	if _, err := exec.LookPath("go"); err != nil {
		return "", exit.Usagef("compile %s: %w", source, err).Then("install Go, or run: sam build on a machine that has it")
	}
	path := filepath.Join(localFolder(dir), strconv.Itoa(n), "bootstrap")
	args := []string{"build", "-tags", "lambda.norpc", "-trimpath", "-o", path, source}
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the user's own package
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("compile %s: %w", source, context.Cause(ctx))
		}
		return "", exit.Failedf("compile %s: %w\n%s", source, err, strings.TrimSpace(string(out)))
	}
	return path, nil
}

// localFolder is .aws-sam/local beside .aws-sam/build, which is not under
// version control, or beside the source template.
func localFolder(dir string) string {
	if parent := filepath.Dir(dir); filepath.Base(parent) == ".aws-sam" {
		return filepath.Join(parent, "local")
	}
	return filepath.Join(dir, ".aws-sam", "local")
}
