package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// allPlatforms are those that a release has.
const allPlatforms = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

// platform is what a program runs on, in the words of Go.
type platform struct{ os, arch string }

// String returns the platform as Go writes it.
func (p platform) String() string { return p.os + "/" + p.arch }

// program is the name of the file.
func (p platform) program() string {
	if p.os == "windows" {
		return "homing.exe"
	}
	return "homing"
}

// parsePlatforms reads a list of platforms, each of which a release has.
func parsePlatforms(list string) ([]platform, error) {
	known := strings.Split(allPlatforms, ",")
	var all []platform
	for name := range strings.SplitSeq(list, ",") {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("-platforms: %q is none of %s", name, strings.Join(known, ", "))
		}
		system, arch, _ := strings.Cut(name, "/")
		all = append(all, platform{system, arch})
	}
	return all, nil
}

// build links the command as it is installed anywhere: without C, without paths of
// this machine, and with the version of the commit.
func (r *release) build(ctx context.Context, p platform, program string) error {
	path, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	args := []string{"build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w", "-o", path, "./cmd/homing"}
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are ours
	cmd.Dir = r.source
	cmd.Env = append(os.Environ(), "GOOS="+p.os, "GOARCH="+p.arch, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build for %s: %w\n%s", p, err, out)
	}
	return nil
}
