package e2e_test

import (
	"context"
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
				got := call(t, http.MethodPost, d.url+"/slow", how, "Content-Type", "text/plain").is(t, http.StatusGatewayTimeout)
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
	for store, setting := range map[string]string{"memory": "", "redis": "HOMING_STORE=" + redisURL(t)} {
		for _, s := range shapes() {
			if setting != "" && !s.overBroker() && s != inline { // the store is of the adapter alone, as inline
				continue
			}
			t.Run(string(s)+", "+store, func(t *testing.T) {
				t.Parallel()
				d := deploy(t, plan{shape: s, broker: patient(), env: []string{asDumper + "=1", setting}, chains: chains})
				dump.Compare(t, dump.Answers(t, d.url, true), want)
			})
		}
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
