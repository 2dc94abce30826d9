package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	// user is that of many base images under the name nonroot. It is a number, by
	// which Kubernetes knows that it is not root (runAsNonRoot).
	user = "65532:65532"

	certificates = "etc/ssl/certs/ca-certificates.crt"
)

// baseName is what the image says that it is built on.
var baseName = name.MustParseReference("scratch") //nolint:gochecknoglobals // a constant

// file is an entry of the layer.
type file struct {
	name string
	mode int64
	data string
}

// baseImage is the base for each platform: an index, of which ko takes them.
func baseImage(platforms []string) (v1.ImageIndex, error) {
	text, err := baseLayer()
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(
		func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, one := range platforms {
		platform, err := v1.ParsePlatform(one)
		if err != nil || platform.OS != "linux" || platform.Architecture == "" {
			return nil, fmt.Errorf("-platforms: %q is no platform such as linux/amd64", one)
		}
		base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
		base, err = mutate.Append(base, mutate.Addendum{Layer: layer, History: v1.History{CreatedBy: "root certificates and a user"}})
		if err != nil {
			return nil, err
		}
		config, err := base.ConfigFile()
		if err != nil {
			return nil, err
		}
		config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
		config.Config.Env = []string{"SSL_CERT_FILE=/" + certificates}
		config.Config.WorkingDir = "/"
		if base, err = mutate.ConfigFile(base, config); err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: base, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return index, nil
}

// baseLayer is the archive of the files, always the same bytes.
func baseLayer() ([]byte, error) {
	const folder, plain, sticky = 0o755, 0o644, 0o1777
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range []file{
		{"etc/", folder, ""},
		{"etc/passwd", plain, "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"},
		{"etc/group", plain, "root:x:0:\nnonroot:x:65532:\n"},
		{"etc/ssl/", folder, ""},
		{"etc/ssl/certs/", folder, ""},
		{certificates, plain, roots()},
		{"tmp/", sticky, ""},
	} {
		header := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.data)), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}
		if strings.HasSuffix(f.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, f.data); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), w.Close()
}

// roots are the certificates that Mozilla trusts, as PEM.
func roots() string {
	var all strings.Builder
	for root := range bundle.Roots() {
		all.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
	}
	return all.String()
}
