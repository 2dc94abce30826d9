package layout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnAppLinksOnlyWhatItUses: without an option for AWS there is no package of
// it in an app, nor one of what only the tool needs.
func TestAnAppLinksOnlyWhatItUses(t *testing.T) {
	t.Parallel()
	for _, p := range append(list(t, "./tests/layout/plain"), list(t, "./homingtest")...) {
		for _, dep := range p.Deps {
			for _, heavy := range []string{
				"github.com/aws/", "github.com/redis/", "github.com/spf13/", "github.com/lmittmann/", module + "/adapter/reply/dynamodb",
				module + "/adapter/reply/redis", module + "/internal/emulator", module + "/internal/generate", module + "/internal/dynalite",
				module + "/internal/samples", module + "/cmd", "go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters",
				"google.golang.org/grpc",
			} {
				if strings.HasPrefix(dep, heavy) {
					t.Errorf("%s links %s", p.ImportPath, dep)
				}
			}
		}
	}
}

// mostBytes is what such an app may have on disk, stripped, for Lambda's processor.
// The aim is 15 MB. What is over that: the package event of the CloudEvents SDK
// imports json-iterator, whose reflect2 calls MethodByName, so that the linker keeps
// every exported method of every type in use; the encoders of br and zstd; the API
// of OpenTelemetry, without which no part could start a span (0.46 MB); admission
// with its priorities (0.6 MB); and callbacks (0.2 MB).
const mostBytes = 17.5e6

func TestAnAppWithoutAWSIsSmall(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "app")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "./tests/layout/plain")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("it has %d bytes", info.Size())
	if info.Size() > mostBytes {
		t.Errorf("it has %d bytes, more than %d", info.Size(), int(mostBytes))
	}
}
