package aws_test

import (
	"net/http"
	"testing"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/internal/generate/sam"
	"github.com/homing-dev/homing/tests/redisserver"
)

// The template of --store redis has no table: adapters and vertices meet in Redis.
func TestRepliesInRedisComeHome(t *testing.T) { //nolint:tparallel // its parts share a deployment
	t.Parallel()
	path, err := redisserver.Redis()
	if err != nil {
		t.Fatal(err)
	}
	server, err := redisserver.Start(t.Context(), redisserver.Options{Path: path, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	chains, err := function.Chains()
	if err != nil {
		t.Fatal(err)
	}
	r, err := sam.Write(chains, sam.Options{Redis: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			p := plan{shape: shape, store: server.URL(), parameters: map[string]string{"StoreSecret": "replies"}}
			d := deploy(t, p, root, bootstrap, r.Text)
			if n := len(d.Stack().Tables); n != 0 {
				t.Errorf("there are %d tables", n)
			}
			order := sample(t, "testdata", "order.json")
			call(t, http.MethodPost, d.url+"/quote", order).is(t, http.StatusOK)
			call(t, http.MethodPost, d.url+"/quote", order, "Idempotency-Key", shape).is(t, http.StatusOK)
		})
	}
}
