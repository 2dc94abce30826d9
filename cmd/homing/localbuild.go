package main

import (
	"context"
	"errors"
	"fmt"
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
		source := o.buildPackage
		if o.build && strings.HasPrefix(f.BuildMethod, "go1") {
			source = f.Dir
		}
		if !o.build {
			foreign, ok := errors.AsType[*emulator.ForeignError](emulator.CheckExecutable(filepath.Join(f.Dir, "bootstrap")))
			if !ok {
				continue // the emulator finds what else is invalid
			}
			var err error
			if source, err = a.sourceOf(ctx, f.ID, source, foreign); err != nil {
				return nil, err
			}
			if compiled[source] == "" {
				_, _ = fmt.Fprintf(a.Err, "The functions were built for %s; compiling %s for %s.\n", foreign.Has, source, foreign.Needs)
			}
		}
		path, err := a.compiledOnce(ctx, stack.Dir, source, compiled)
		if err != nil {
			return nil, err
		}
		found[f.ID] = path
	}
	return found, nil
}

// compiledOnce is the program of a package, "" for that of the app, which is compiled
// if it was not yet.
func (a *app) compiledOnce(ctx context.Context, dir, source string, compiled map[string]string) (string, error) {
	if path := compiled[source]; path != "" {
		return path, nil
	}
	key := source
	if source == "" {
		var err error
		if source, err = a.localPackage(ctx); err != nil {
			return "", err
		}
	}
	path, err := compile(ctx, dir, source, len(compiled))
	if err != nil {
		return "", err
	}
	compiled[key], compiled[source] = path, path
	return path, nil
}

// sourceOf is the package of a function that was built for another machine.
func (a *app) sourceOf(ctx context.Context, id, source string, foreign *emulator.ForeignError) (string, error) {
	var err error
	if source == "" {
		source, err = a.localPackage(ctx)
	}
	if err != nil || !isFolder(source) {
		return "", exit.Usagef("%s: %w", id, foreign).Then("compile it for this machine: homing local --build --package FOLDER")
	}
	return source, nil
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
