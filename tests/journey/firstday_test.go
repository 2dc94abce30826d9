package journey_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheFirstDayIsAsItsPagesSay runs the lines of the pages that need no cluster and no
// account, and checks what they print: a new app, its manifests, and the call of each
// page to the app as a container has it.
func TestTheFirstDayIsAsItsPagesSay(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "guides", "first-day-*.md"))
	if err != nil || len(pages) != 3 {
		t.Fatalf("found %q, %v", pages, err)
	}
	sh, homing := install(t)
	app := shell{filepath.Join(sh.folder, "shop"), append(sh.environ, "HOMING_ROLE=all", "HOMING_LISTEN=127.0.0.1:0", "HOMING_LOG_FORMAT=text")}
	printed, url := sh.run(t, homing, "new", "shop"), ""
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if said, _, _ := strings.Cut(printed, "\n"); !strings.Contains(string(text), "It prints `"+said+"`") {
			t.Errorf("%s does not say that `homing new shop` prints %q", page, said)
		}
		if url == "" {
			app.run(t, "go", "build", "-o", "image", "./cmd/app")
			app.environ = append(app.environ, "HOMING_TOKENS=ada=0123456789abcdef")
			at := app.start(t, `address=127\.0\.0\.1:[0-9]+`, "./image")
			url = "http://" + strings.TrimPrefix(at, "address=")
		}
		calls := 0
		for line := range strings.Lines(string(text)) {
			switch {
			case strings.HasPrefix(line, "curl "):
				calls++
				line = strings.NewReplacer("http://127.0.0.1:8080/", url+"/", " API_URL/", " "+url+"/", " URL/", " "+url+"/").Replace(line)
				if out := app.run(t, "sh", "-euc", "HOMING_TOKEN=0123456789abcdef; "+line); !strings.HasSuffix(out, `{"text":"Hello, Ada"}`) {
					t.Errorf("%s prints %s", line, out)
				}
				if out := app.run(t, "sh", "-euc", "HOMING_TOKEN=another; "+line); !strings.Contains(out, `"status":401`) {
					t.Errorf("without the token %s prints %s", line, out)
				}
			case strings.HasPrefix(line, "homing generate kubernetes "):
				line = strings.NewReplacer("REGISTRY/ACCOUNT/shop@DIGEST", "registry.internal/shop@sha256:"+strings.Repeat("0", 64)).Replace(line)
				names := strings.Fields(app.run(t, homing, strings.Fields(line)[1:]...))
				if want := "It prints `" + strings.Join(names, "` and `") + "`"; !strings.Contains(string(text), want) {
					t.Errorf("%s prints %q", line, names)
				}
				if manifest := app.read(t, names[0]); !strings.Contains(manifest, "name: shop\n") || !strings.Contains(manifest, "key: tokens\n") {
					t.Errorf("%s writes %s", line, manifest)
				}
			}
		}
		if calls != 1 {
			t.Errorf("%s has %d calls", page, calls)
		}
	}
}
