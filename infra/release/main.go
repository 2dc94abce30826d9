package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var r release
	var platforms string
	flag.StringVar(&r.source, "source", "../..", "`FOLDER` of the repository")
	flag.StringVar(&r.out, "out", "../../dist", "`FOLDER` for the files; it is made, and must be empty")
	flag.StringVar(&platforms, "platforms", allPlatforms, "`OS/ARCH` of the programs, separated by commas")
	flag.Parse()
	err := r.run(ctx, platforms)
	stop()
	if err != nil {
		slog.Error("nothing is released", "error", err)
		os.Exit(1)
	}
}

// release is one version on its way out.
type release struct {
	source, out string
	// tag is the version as Go and Git write it, such as v0.1.0-rc.1.
	tag string
	// time is that of the commit.
	time time.Time
}

// run writes everything.
func (r *release) run(ctx context.Context, platforms string) error {
	targets, err := parsePlatforms(platforms)
	if err != nil {
		return err
	}
	if err := r.describe(ctx); err != nil {
		return err
	}
	if err := emptyFolder(r.out); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "homing-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // a folder for temporary files
	for i, p := range targets {
		slog.Info("build", "version", r.tag, "platform", p.String(), "of", fmt.Sprintf("%d/%d", i+1, len(targets)))
		program := filepath.Join(work, p.os+"-"+p.arch, p.program())
		if err := r.build(ctx, p, program); err != nil {
			return err
		}
		for _, write := range []func(platform, string) error{r.archive, r.bill, r.wheel, r.npm} {
			if err := write(p, program); err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
		}
	}
	if err := r.npmLauncher(targets); err != nil {
		return err
	}
	return r.checksums()
}

// tagged is a version of Go whose part before the release is one that PyPI knows.
var tagged = regexp.MustCompile(`^v\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?$`)

// describe finds the version of the commit that is checked out.
func (r *release) describe(ctx context.Context) error {
	changed, err := r.git(ctx, "status", "--porcelain")
	if err != nil {
		return err
	}
	if changed != "" {
		return fmt.Errorf("there are changes that are not committed, so that no version is released:\n%s", changed)
	}
	if r.tag, err = r.git(ctx, "describe", "--tags", "--exact-match", "--match", "v*"); err != nil {
		return fmt.Errorf("the commit has no version; name it first, as in `git tag v0.1.0`: %w", err)
	}
	if !tagged.MatchString(r.tag) {
		return fmt.Errorf("%q is not a version such as v0.1.0 or v0.1.0-rc.1", r.tag)
	}
	seconds, err := r.git(ctx, "show", "--no-patch", "--format=%ct", "HEAD")
	if err != nil {
		return err
	}
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("time of the commit: %w", err)
	}
	r.time = time.Unix(at, 0).UTC()
	return nil
}

// git runs git on the source.
func (r *release) git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", r.source}, args...)...).Output() //nolint:gosec // the arguments are ours
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(failed.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}

// version is without the v, as archives and npm have it.
func (r *release) version() string { return strings.TrimPrefix(r.tag, "v") }

// file is the path of a file that is published.
func (r *release) file(name string) string { return filepath.Join(r.out, name) }

// emptyFolder makes a folder, unless it is there and empty.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // it is for everybody
		return err
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return fmt.Errorf("%s is not empty: remove it, so that nothing old is published", dir)
	}
	return nil
}
