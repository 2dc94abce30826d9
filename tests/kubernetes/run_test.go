package kubernetes_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/homing-dev/homing/internal/generate/knative"
	"github.com/homing-dev/homing/internal/processgroup"
	"github.com/homing-dev/homing/tests/freeport"
	"github.com/homing-dev/homing/tests/internal/wait"
	"github.com/homing-dev/homing/tests/redisserver"
)

// container is a process of a deployment. Others reach it at http://NAME or with its
// port.
type container struct {
	name string
	env  map[string]string
}

// log is what a process has written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start starts containers on ports of this machine, and returns their URLs.
func start(t *testing.T, containers []container) []string {
	t.Helper()
	var urls []string
	var names []string
	for _, c := range containers {
		port := freeport.Take(t)
		url := "http://127.0.0.1:" + strconv.Itoa(port)
		urls = append(urls, url)
		names = append(names, "http://"+c.name+":8080", url, "http://"+c.name, url)
	}
	for i, c := range containers {
		cmd := exec.CommandContext(t.Context(), appProgram)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
		for name, value := range c.env {
			cmd.Env = append(cmd.Env, name+"="+strings.NewReplacer(names...).Replace(value))
		}
		cmd.Env = append(cmd.Env, "HOMING_LISTEN="+strings.TrimPrefix(urls[i], "http://"))
		written := &log{}
		cmd.Stdout, cmd.Stderr = written, written
		p, err := processgroup.Start(cmd)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if p.Signal(processgroup.Kill); t.Failed() {
				t.Logf("%s: %s", c.name, written)
			}
			<-p.Ended()
		})
		wait.Eventually(t, c.name+" is ready", func() bool {
			select {
			case <-p.Ended():
				t.Fatalf("%s has ended: %v", c.name, p.Err())
			default:
			}
			got := do(t, http.MethodGet, urls[i]+"/health/readiness", "")
			return got != nil && got.StatusCode == http.StatusOK
		})
	}
	return urls
}

// do makes a request with an order as its body; nil if nobody listens.
func do(t *testing.T, method, url, token string, header ...string) *http.Response {
	t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		order, err := os.ReadFile(filepath.Join("..", "..", "testdata", "order.json"))
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(order)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(resp.Body)
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return resp
}

// answers checks a response with a quote.
func answers(t *testing.T, what string, resp *http.Response) {
	t.Helper()
	if resp == nil {
		t.Fatalf("%s: nobody listens", what)
	}
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"gross"`) {
		t.Errorf("%s: %d %s, %v", what, resp.StatusCode, body, err)
	}
}

// calls makes a call at each adapter, and has each fetch the reply of another's.
func calls(t *testing.T, adapters []string, token string) {
	t.Helper()
	for i, url := range adapters {
		answers(t, "a call", do(t, http.MethodPost, url+"/quote", token))
		if token != "" {
			if resp := do(t, http.MethodPost, url+"/quote", ""); resp == nil || resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("without a token: %v", resp)
			}
		}
		resp := do(t, http.MethodPost, url+"/quote", token, "Prefer", "respond-async")
		if resp == nil || resp.StatusCode != http.StatusAccepted {
			t.Fatalf("an async call: %v", resp)
		}
		other := adapters[(i+1)%len(adapters)]
		answers(t, "its reply", do(t, http.MethodGet, other+resp.Header.Get("Location"), token, "Prefer", "wait=60"))
	}
}

// store is a Redis server.
func store(t *testing.T, config ...string) string {
	t.Helper()
	program, err := redisserver.Redis()
	if err != nil {
		t.Fatal(err)
	}
	server, err := redisserver.Start(t.Context(), redisserver.Options{Path: program, Dir: t.TempDir(), Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	return server.Addr()
}

// secretLine is the command in the comment of a manifest.
var secretLine = regexp.MustCompile(`(?m)^#   kubectl create secret generic (?:.*\\\n#  )*.*$`)

// secret runs the command in a manifest by a shell whose kubectl prints what it would
// make.
func secret(t *testing.T, manifest string) map[string]string {
	t.Helper()
	line := strings.ReplaceAll(secretLine.FindString(manifest), "#  ", "")
	out, err := exec.CommandContext(t.Context(), "sh", "-euc", `kubectl() { printf '%s\n' "$@"; }; `+line).CombinedOutput()
	if err != nil || line == "" {
		t.Fatalf("%q: %v\n%s", line, err, out)
	}
	keys := map[string]string{}
	for arg := range strings.Lines(string(out)) {
		if literal, ok := strings.CutPrefix(strings.TrimSpace(arg), "--from-literal="); ok {
			key, value, _ := strings.Cut(literal, "=")
			keys[key] = value
		}
	}
	return keys
}

// pod is a container of a Deployment, with the Secret that it reads.
func pod(t *testing.T, d *appsv1.Deployment, secrets, unused map[string]string) container {
	t.Helper()
	c := container{d.Name, map[string]string{}}
	for name, v := range variables(d) {
		value := strings.ReplaceAll(v.Value, "$$", "$")
		if v.ValueFrom != nil {
			var ok bool
			if value, ok = secrets[v.ValueFrom.SecretKeyRef.Key]; !ok {
				t.Errorf("%s: the Secret has no %s", d.Name, v.ValueFrom.SecretKeyRef.Key)
			}
			delete(unused, v.ValueFrom.SecretKeyRef.Key)
		}
		c.env[name] = value
	}
	return c
}

// TestWhatIsDeployedAnswers starts the processes of each shape, two of each Deployment
// that may have several.
func TestWhatIsDeployedAnswers(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]knative.Options{
		"memory": {App: "shop"},
		"redis":  {App: "shop", Store: knative.StoreRedis},
	} {
		files, err := knative.Kubernetes(chains(t), opts)
		if err != nil {
			t.Fatal(err)
		}
		secrets := map[string]map[string]string{}
		for _, f := range files {
			if strings.Contains(string(f.Data), "HOMING_TOKENS") {
				shape, _, _ := strings.Cut(f.Name, "/")
				secrets[shape] = secret(t, string(f.Data))
			}
		}
		for shape, o := range generated(t, opts) {
			t.Run("generated "+name+" "+shape, func(t *testing.T) {
				t.Parallel()
				deployed(t, o, secrets[shape])
			})
		}
	}
	for _, values := range [][]string{{"shape=inline"}, {"shape=vertex"}, {"shape=inline", "redis.secretKey=store"}, {"shape=vertex", "redis.secretKey=store"}} {
		t.Run("helm "+strings.Join(values, " "), func(t *testing.T) {
			t.Parallel()
			keys := map[string]string{"tokens": "ada=0123456789abcdef0123456789abcdef"}
			if len(values) > 1 {
				keys["store"] = "redis://HOST:6379"
			}
			deployed(t, rendered(t, values...), keys)
		})
	}
}

// event is one for the vertex that whoever reaches it can make.
var event = []string{
	"Ce-Specversion", "1.0", "Ce-Id", "01a21e29-c034-7e9c-b68e-c36f94000007", "Ce-Source", "/s", "Ce-Type", "homing.quote",
	"Ce-Routingslip", "quote.validate,quote.price,quote.enrich,", "Ce-Expirytime", "2100-01-01T00:00:00Z",
}

// links has each adapter follow the link that another has signed.
func links(t *testing.T, adapters []string, token string) {
	t.Helper()
	for i, url := range adapters {
		resp := do(t, http.MethodPost, url+"/quote", token, "Prefer", "respond-async, signed-link")
		answers(t, "a link", do(t, http.MethodGet, adapters[(i+1)%len(adapters)]+resp.Header.Get("Location"), "", "Prefer", "wait=60"))
	}
}

// deployed starts what a cluster would, and calls it.
func deployed(t *testing.T, o *objects, secrets map[string]string) {
	t.Helper()
	secrets = maps.Clone(secrets)
	if url, ok := secrets["store"]; ok {
		secrets["store"] = "redis://" + store(t)
		if !strings.HasPrefix(url, "redis://") {
			t.Errorf("the command of the Secret has the store %s", url)
		}
	}
	for _, s := range o.secrets {
		for key, value := range s.Data {
			secrets[key] = string(value)
		}
	}
	unused := maps.Clone(secrets)
	_, token, _ := strings.Cut(secrets["tokens"], "=")
	var vertices, adapters []container
	for _, d := range o.deployments {
		c := pod(t, d, secrets, unused)
		switch {
		case c.env["HOMING_ROLE"] == "vertex":
			vertices = append(vertices, c)
		case d.Spec.Replicas == nil:
			adapters = append(adapters, c, c)
		default:
			adapters = append(adapters, c)
		}
	}
	if len(unused) > 0 {
		t.Errorf("no process needs what the Secret has: %v", slices.Collect(maps.Keys(unused)))
	}
	urls := start(t, append(vertices, adapters...))
	for _, url := range urls[:len(vertices)] {
		if resp := do(t, http.MethodPost, url, "", event...); resp == nil || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("a vertex answers an event that no adapter has signed with %v", resp)
		}
	}
	calls(t, urls[len(vertices):], token)
	links(t, urls[len(vertices):], token)
}
