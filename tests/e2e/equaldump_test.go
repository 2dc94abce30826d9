package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/runtimes"
	kruntime "github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/tests/internal/dump"
	"github.com/homing-dev/homing/tests/redisserver"
)

// asDumper has the binary of the tests serve the chains of dumpers, as
// the sample app serves those of a file.
const asDumper = "E2E_DUMPER"

func serveDumper() int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	cfg, err := kruntime.FromEnv(os.Environ())
	if err != nil {
		log.Error("read the environment", "error", err)
		return 1
	}
	service, err := runtimes.NewService(context.Background(), cfg, dump.Chains(), log, redis.Replies())
	if err != nil {
		log.Error("create the service", "error", err)
		return 1
	}
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Error("listen", "error", err)
		return 1
	}
	log.Error("serve", "error", http.Serve(ln, service))
	return 1
}

// A 504 named the first step of its vertex, or none.
func TestATimeoutNamesTheStepThatRanInEveryShape(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, plan{
				shape: s, broker: patient(), env: []string{asDumper + "=1"},
				chains: map[string][]string{"slow": {"quick", "hang", "never"}},
			})
			for _, how := range []string{"deaf", "obeys"} {
				var got answer
				dump.Timely(func() string {
					got = call(t, http.MethodPost, d.url+"/slow", how, "Content-Type", "text/plain").is(t, http.StatusGatewayTimeout)
					return got.body
				}, dump.NamesStep)
				if !strings.Contains(got.body, `"step":"hang"`) || got.header.Get("X-Request-ID") == "" {
					t.Errorf("%s: %s %v", how, got.body, got.header)
				}
			}
		})
	}
}

// TestEveryFunctionSeesTheSameEventInEveryShape compares byte for byte what the
// functions of a chain see, and the problems of results that cannot be sent, with
// those of a server in this process, with replies in memory and in Redis.
// tests/aws does the same for Lambda.
func TestEveryFunctionSeesTheSameEventInEveryShape(t *testing.T) {
	t.Parallel()
	want := dump.Answers(t, dump.Reference(t), true)
	chains := map[string][]string{}
	for _, c := range dump.Chains() {
		for _, step := range c.Steps {
			chains[c.Name] = append(chains[c.Name], step.Name)
		}
	}
	redis := redisURL(t)
	for store, settings := range map[string][]string{
		"memory": nil, "redis": {"HOMING_STORE=" + redis}, "redis and a small broker": {"HOMING_STORE=" + redis, "HOMING_MAX_EVENT=100KB"},
	} {
		for _, s := range shapes() {
			if settings != nil && !s.overBroker() && (s != inline || len(settings) > 1) { // the store is of the adapter alone, as inline
				continue
			}
			t.Run(string(s)+", "+store, func(t *testing.T) {
				t.Parallel()
				d := deploy(t, plan{shape: s, broker: patient(), env: append([]string{asDumper + "=1"}, settings...), chains: chains})
				dump.Compare(t, dump.Answers(t, d.url, true), want)
				if len(settings) > 1 {
					goesThrough(t, d.url, 8<<20)
				}
			})
		}
	}
}

// goesThrough checks that data of a size gets to the last step of the chain large as it
// was sent.
func goesThrough(t *testing.T, url string, size int) {
	t.Helper()
	data := dump.Large(size)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/large", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "image/jpeg")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.HasSuffix(string(body), fmt.Sprintf("%x", sha256.Sum256(data))) {
		t.Errorf("%v: got %d %s", err, resp.StatusCode, body)
	}
}

// redisURL starts a server.
func redisURL(t *testing.T) string {
	t.Helper()
	path, err := redisserver.Redis()
	if err != nil {
		t.Fatal(err)
	}
	s, err := redisserver.Start(t.Context(), redisserver.Options{Path: path, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s.URL()
}
