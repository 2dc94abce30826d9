package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const platform = "linux/" + runtime.GOARCH

// command runs a program and returns what it has written.
func command(t *testing.T, dir string, environ []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environ...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// clone is what is committed here, elsewhere.
func clone(t *testing.T) string {
	t.Helper()
	source := filepath.Join(t.TempDir(), "source")
	command(t, ".", nil, "git", "clone", "--quiet", "--no-hardlinks", "../..", source)
	return source
}

// built is the name that is printed.
func (i image) built(t *testing.T) string {
	t.Helper()
	var stdout bytes.Buffer
	if i.platforms == nil {
		i.platforms = []string{platform}
	}
	if err := i.run(t.Context(), &stdout); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(stdout.String())
}

// digest is the one in the name of an image.
func digest(t *testing.T, named string) string {
	t.Helper()
	_, digest, ok := strings.Cut(named, "@")
	if !ok || !strings.HasPrefix(digest, "sha256:") {
		t.Fatalf("%q has no digest", named)
	}
	return digest
}

// read is the only image of a layout.
func read(t *testing.T, out string) v1.Image {
	t.Helper()
	index, err := layout.ImageIndexFromPath(filepath.Join(out, "oci"))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("the layout has %v, %v", manifest, err)
	}
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestTheSameCommitIsTheSameImageWhereverItIsBuilt(t *testing.T) {
	first, second := image{source: clone(t), pkg: "./cmd/app", out: t.TempDir()}, image{source: clone(t), pkg: "./cmd/app", out: t.TempDir()}
	one := digest(t, first.built(t))
	t.Setenv("GOFLAGS", "-ldflags=-X=main.elsewhere=1")
	t.Setenv("GOAMD64", "v3")
	other := digest(t, second.built(t))
	if one != other {
		t.Errorf("the image is %s here and %s there", one, other)
	}
	bill := "app-" + strings.ReplaceAll(platform, "/", "-") + ".spdx.json"
	text, err := os.ReadFile(filepath.Join(first.out, bill))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(filepath.Join(second.out, bill)); err != nil || !bytes.Equal(text, again) {
		t.Errorf("the bills of materials differ: %v", err)
	}
	holdsWhatIsLinked(t, text)
	if again := digest(t, first.built(t)); again != one { // and the layout has one image, still
		t.Errorf("built again it is %s", again)
	}
	img := read(t, first.out)
	configured(t, img)
	serves(t, img)
}

// holdsWhatIsLinked reads a bill of materials.
func holdsWhatIsLinked(t *testing.T, text []byte) {
	t.Helper()
	var bill struct {
		SPDXVersion string
		Packages    []struct{ Name, VersionInfo string }
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	version := strings.TrimSpace(command(t, "../..", nil, "go", "list", "-m", "-f", "{{.Version}}", "github.com/cloudevents/sdk-go/v2"))
	var names []string
	for _, p := range bill.Packages {
		names = append(names, p.Name+" "+p.VersionInfo)
	}
	if bill.SPDXVersion != "SPDX-2.3" || !slices.Contains(names, "github.com/cloudevents/sdk-go/v2 "+version) {
		t.Errorf("the bill of materials, in %s, has %q", bill.SPDXVersion, names)
	}
}

// configured checks what a cluster reads.
func configured(t *testing.T, img v1.Image) {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	head := strings.TrimSpace(command(t, "../..", nil, "git", "show", "--no-patch", "--format=%H %ct", "HEAD"))
	commit, _, _ := strings.Cut(head, " ")
	switch c := config.Config; {
	case c.User != "65532:65532", !slices.Equal(c.Entrypoint, []string{"/ko-app/app"}), len(c.Cmd) != 0:
		t.Errorf("user %s, entry point %q, arguments %q", c.User, c.Entrypoint, c.Cmd)
	case config.OS+"/"+config.Architecture != platform:
		t.Errorf("it is for %s/%s", config.OS, config.Architecture)
	case c.Labels["org.opencontainers.image.revision"] != commit || config.Created.Year() < 2026:
		t.Errorf("it is of %s, %v", c.Labels, config.Created)
	}
}

// unpacked writes the files of all layers, as a container engine does.
func unpacked(t *testing.T, img v1.Image) string {
	t.Helper()
	root := t.TempDir()
	layers := mutate.Extract(img)
	defer layers.Close()
	for r := tar.NewReader(layers); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, header.Name)
		if header.Typeflag == tar.TypeDir {
			err = errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, header.FileInfo().Mode()))
		} else {
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, header.FileInfo().Mode()))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{root, filepath.Dir(root)} {
		if err := os.Chmod(dir, 0o755); err != nil { // the user of the image has to get there
			t.Fatal(err)
		}
	}
	return root
}

// serves runs the entry point of an image on its files alone, which it cannot write,
// as its user, and makes a call.
func serves(t *testing.T, img v1.Image) {
	t.Helper()
	root := unpacked(t, img)
	pem, err := os.ReadFile(filepath.Join(root, certificates))
	if pool := x509.NewCertPool(); err != nil || !pool.AppendCertsFromPEM(pem) || strings.Count(string(pem), "BEGIN") < 100 {
		t.Errorf("the root certificates: %v", err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, config.Config.Entrypoint[0])) // on another's files if not root
	if os.Geteuid() == 0 {
		const contained = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec chroot --userspec="$2" "$1" "$3"`
		cmd = exec.CommandContext(t.Context(), "unshare", "--mount", "sh", "-ec", contained, "sh", root, config.Config.User, config.Config.Entrypoint[0])
	}
	cmd.Env = append(slices.Clone(config.Config.Env), "HOMING_ROLE=all", "HOMING_LISTEN=127.0.0.1:0", "HOMING_TOKENS=ada=0123456789abcdef")
	cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH")) // of unshare
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	logged, address := "", regexp.MustCompile(`"msg":"serving".*"address":"([^"]*)"`)
	for lines := bufio.NewScanner(stderr); ; logged += lines.Text() + "\n" {
		if found := address.FindStringSubmatch(logged); found != nil {
			called(t, "http://"+found[1])
			return
		}
		if !lines.Scan() {
			t.Fatalf("it does not serve: %s", logged)
		}
	}
}

func called(t *testing.T, url string) {
	t.Helper()
	order, err := os.Open("../../testdata/order.json")
	if err != nil {
		t.Fatal(err)
	}
	defer order.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/quote", order)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer 0123456789abcdef")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "gross") {
		t.Errorf("the call: %d %s, %v", resp.StatusCode, body, err)
	}
}

// startRegistry is a registry on this machine.
func startRegistry(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestAnImageIsPushedUnderItsTagWithItsBill(t *testing.T) {
	t.Parallel()
	host := startRegistry(t)
	named := image{source: "../..", pkg: "./cmd/homing", out: t.TempDir(), push: host + "/shop/homing:1.4", platforms: []string{"linux/amd64", "linux/arm64"}}.built(t)
	tag, err := name.NewTag(host + "/shop/homing:1.4")
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := remote.Index(tag)
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := pushed.Digest(); err != nil || named != host+"/shop/homing:1.4@"+sum.String() {
		t.Errorf("it is printed as %s and pushed as %s, %v", named, sum, err)
	}
	manifest, err := pushed.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 {
		t.Fatalf("pushed is %v, %v", manifest, err)
	}
	for _, m := range manifest.Manifests {
		bill := tag.Tag(strings.ReplaceAll(m.Digest.String(), ":", "-") + ".sbom")
		if _, err := remote.Image(bill); err != nil {
			t.Errorf("%s has no bill of materials beside it: %v", m.Platform, err)
		}
	}
}

// TestKoBuildsAnAppByItsModule runs the line of the guides: with the .ko.yaml of a new
// app, and a base that the registry has.
func TestKoBuildsAnAppByItsModule(t *testing.T) {
	t.Parallel()
	source, host := clone(t), startRegistry(t)
	settings, err := os.ReadFile("../../templates/go/app/.ko.yaml")
	if err != nil {
		t.Fatal(err)
	}
	settings = bytes.ReplaceAll(settings, []byte("[linux/amd64, linux/arm64]"), []byte("["+platform+"]"))
	if err := os.WriteFile(filepath.Join(source, ".ko.yaml"), settings, 0o600); err != nil {
		t.Fatal(err)
	}
	base, err := baseImage([]string{platform})
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(host + "/base")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(tag, base); err != nil {
		t.Fatal(err)
	}
	line := []string{"go", "run", "github.com/google/ko@" + strings.TrimSpace(command(t, ".", nil, "go", "list", "-m", "-f", "{{.Version}}", "github.com/google/ko")), "build", "--bare", "./cmd/app"}
	if guide, err := os.ReadFile("../../docs/guides/go.md"); err != nil || !strings.Contains(string(guide), strings.Join(line, " ")) {
		t.Errorf("the guide does not have %q: %v", line, err)
	}
	named := strings.TrimSpace(command(t, source, []string{"KO_DOCKER_REPO=" + host + "/shop", "KO_DEFAULTBASEIMAGE=" + tag.Name()}, line...))
	ref, err := name.NewDigest(named)
	if err != nil {
		t.Fatal(err)
	}
	img, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	serves(t, img)
}

func TestWhatCannotBeAnImageIsNotBuilt(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for what, tc := range map[string]struct {
		image

		want string
	}{
		"no package":    {image{pkg: "./cmd/nothing"}, "./cmd/nothing"},
		"a library":     {image{pkg: "./functions"}, "is no program"},
		"no module":     {image{source: empty, pkg: "./cmd/app"}, empty},
		"no tag":        {image{pkg: "./cmd/app", push: "UPPER CASE"}, "-push"},
		"a digest":      {image{pkg: "./cmd/app", push: "example.com/a@sha256:" + strings.Repeat("0", 64)}, "-push"},
		"no platform":   {image{pkg: "./cmd/app", platforms: []string{"linux"}}, `"linux" is no platform`},
		"not of Linux":  {image{pkg: "./cmd/app", platforms: []string{"windows/amd64"}}, "windows/amd64"},
		"nothing there": {image{pkg: "./cmd/app", platforms: []string{""}}, `"" is no platform`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			i := tc.image
			i.out = t.TempDir()
			if i.source == "" {
				i.source = "../.."
			}
			if i.platforms == nil {
				i.platforms = []string{platform}
			}
			var stdout bytes.Buffer
			if err := i.run(t.Context(), &stdout); err == nil || !strings.Contains(err.Error(), tc.want) || stdout.Len() > 0 {
				t.Errorf("got %v, %s, want %q", err, stdout.String(), tc.want)
			}
		})
	}
}
