package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/ko/pkg/build"
	"github.com/google/ko/pkg/publish"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var i image
	var platforms string
	flag.StringVar(&i.source, "source", "../..", "`FOLDER` of the Go module")
	flag.StringVar(&i.pkg, "package", "./cmd/app", "`PACKAGE` of the program, in the folder of the module")
	flag.StringVar(&i.out, "out", "../../bin/image", "`FOLDER` for the image, as an OCI layout in oci, and its bills of materials")
	flag.StringVar(&i.push, "push", "", "push to this `REGISTRY/NAME:TAG` and write no layout; the tag is latest if there is none")
	flag.StringVar(&platforms, "platforms", "linux/amd64,linux/arm64", "`OS/ARCH` of the program, separated by commas")
	flag.Parse()
	i.platforms = strings.Split(platforms, ",")
	err := i.run(ctx, os.Stdout)
	stop()
	if err != nil {
		slog.Error("there is no image", "error", err)
		os.Exit(1)
	}
}

// image is what is to be built, and where it goes.
type image struct {
	source, pkg, out, push string
	platforms              []string
}

// run builds, publishes and prints the name.
func (i image) run(ctx context.Context, stdout io.Writer) error {
	to, err := i.publisher()
	if err != nil {
		return err
	}
	builder, err := i.builder(ctx)
	if err != nil {
		return err
	}
	program, err := builder.QualifyImport(i.pkg)
	if err != nil {
		return fmt.Errorf("find the package %s in %s: %w", i.pkg, i.source, err)
	}
	if err := builder.IsSupportedReference(program); err != nil {
		return fmt.Errorf("the package %s in %s is no program: %w", i.pkg, i.source, err)
	}
	if err := i.clear(); err != nil {
		return err
	}
	result, err := builder.Build(ctx, program)
	if err != nil {
		return err
	}
	published, err := i.publish(ctx, to, result, program)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, published)
	return err
}

// builder is ko, with the flags of a release.
func (i image) builder(ctx context.Context) (build.Interface, error) {
	base, err := baseImage(i.platforms)
	if err != nil {
		return nil, err
	}
	created, revision, err := i.commit(ctx)
	if err != nil {
		return nil, err
	}
	options := []build.Option{
		build.WithBaseImages(func(context.Context, string) (name.Reference, build.Result, error) { return baseName, base, nil }),
		build.WithPlatforms(i.platforms...),
		build.WithTrimpath(true),
		build.WithDefaultLdflags([]string{"-s", "-w"}),
		// What else is set here must not change what is built.
		build.WithDefaultEnv([]string{"CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOAMD64=", "GOARM64=", "GOEXPERIMENT="}),
		build.WithCreationTime(v1.Time{Time: created}),
		build.WithKoDataCreationTime(v1.Time{Time: created}),
		build.WithUser(user),
		build.WithSPDX("homing"),
		build.WithSBOMDir(i.out),
	}
	if revision != "" {
		options = append(options, build.WithLabel("org.opencontainers.image.revision", revision))
	}
	return build.NewGo(ctx, i.source, options...)
}

// commit is the time and the name of the commit that is built. SOURCE_DATE_EPOCH sets
// another time; without it and without git, an image has the beginning of 1970.
func (i image) commit(ctx context.Context) (at time.Time, revision string, err error) {
	seconds := os.Getenv("SOURCE_DATE_EPOCH")
	args := []string{"-C", i.source, "show", "--no-patch", "--format=%ct %H", "HEAD"}
	out, err := exec.CommandContext(ctx, "git", args...).Output() //nolint:gosec // the arguments are ours
	if err == nil {
		var ofCommit string
		ofCommit, revision, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
		seconds = cmp.Or(seconds, ofCommit)
	}
	unix, err := strconv.ParseInt(cmp.Or(seconds, "0"), 10, 64)
	if err != nil {
		return time.Time{}, "", fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(unix, 0).UTC(), revision, nil
}

// publisher is the registry; nil without one.
func (i image) publisher() (publish.Interface, error) {
	if i.push == "" {
		return nil, nil //nolint:nilnil // as the comment says
	}
	to, err := name.NewTag(i.push)
	if err != nil {
		return nil, fmt.Errorf("-push names no tag of a registry: %w", err)
	}
	return publish.NewDefault(to.Repository.Name(),
		publish.WithNamer(func(repository, _ string) string { return repository }),
		publish.WithTags([]string{to.TagStr()}),
		publish.WithAuthFromKeychain(authn.DefaultKeychain))
}

// publish returns the name of what was pushed, or written as a layout. The layouts of
// ko are in no folder with capitals in its name.
func (i image) publish(ctx context.Context, to publish.Interface, result build.Result, program string) (string, error) {
	if to != nil {
		pushed, err := to.Publish(ctx, result, program)
		if err != nil {
			return "", err
		}
		return pushed.String(), to.Close()
	}
	index := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), mutate.IndexAddendum{Add: result})
	if _, err := layout.Write(i.layout(), index); err != nil {
		return "", fmt.Errorf("write the layout: %w", err)
	}
	sum, err := result.Digest()
	return i.layout() + "@" + sum.String(), err
}

// layout is the folder of the OCI layout.
func (i image) layout() string { return filepath.Join(i.out, "oci") }

// clear removes what was built before, so that the layout has one image.
func (i image) clear() error {
	old, err := filepath.Glob(filepath.Join(i.out, "*.spdx.json"))
	if err != nil {
		return err
	}
	errs := []error{os.RemoveAll(i.layout())}
	for _, file := range old {
		errs = append(errs, os.Remove(file))
	}
	return errors.Join(errs...)
}
