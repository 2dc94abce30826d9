package oidc_test

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/processgroup"
	"github.com/homing-dev/homing/tests/freeport"
	"github.com/homing-dev/homing/tests/internal/cached"
	"github.com/homing-dev/homing/tests/internal/wait"
)

//go:embed provider/package.json provider/package-lock.json provider/serve.mjs
var source embed.FS

// provider is a running OpenID Connect provider.
type provider struct {
	url     string
	process *processgroup.Process
}

// installed returns the folder of the provider's program.
func installed(t *testing.T) string {
	t.Helper()
	files, err := fs.Sub(source, "provider")
	if err != nil {
		t.Fatal(err)
	}
	list, err := fs.ReadFile(files, "package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	script, err := fs.ReadFile(files, "serve.mjs")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := cached.Folder(filepath.Join(cache, "homing"), "oidc-provider", append(list, script...), func(draft, _ string) error {
		if err := os.CopyFS(draft, files); err != nil {
			return err
		}
		return cached.Run(t.Context(), "npm", "ci", "--prefix", draft, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// startProvider starts a provider whose tokens name a tenant. Port 0 is any.
func startProvider(t *testing.T, port int, tenant string) *provider {
	t.Helper()
	if port == 0 {
		port = freeport.Take(t)
	}
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(installed(t), "serve.mjs"), strconv.Itoa(port), tenant)
	p := &provider{url: "http://127.0.0.1:" + strconv.Itoa(port)}
	p.process = start(t, cmd, p.url+"/.well-known/openid-configuration")
	return p
}

// start starts a program and waits until it answers at a URL.
func start(t *testing.T, cmd *exec.Cmd, url string) *processgroup.Process {
	t.Helper()
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	p, err := processgroup.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Signal(processgroup.Kill)
		<-p.Ended()
	})
	wait.Eventually(t, url, func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return p
}

func (p *provider) stop() {
	p.process.Signal(processgroup.Kill)
	<-p.process.Ended()
}

// token returns a token for an audience.
func (p *provider) token(t *testing.T, audience, scope string) string {
	t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"caller"}, "client_secret": {"a secret of the caller"},
		"resource": {audience}, "scope": {scope},
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Token string `json:"access_token"` //nolint:tagliatelle // by OAuth
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.Token == "" {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	return got.Token
}
