// Package console_test looks at the console with a real browser: Chromium, driven by
// playwright-core.
package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/tests/internal/chromium"
	"github.com/homing-dev/homing/tests/redisserver"
)

// Of the tenants of the app that has tokens, ops alone is an admin.
const (
	adminToken = "ops-token-0123456789"
	guestToken = "guest-token-0123456789"
)

// lab are chains that show what the samples do not.
const lab = `
chains:
  - name: flaky
    description: Fails at first
    route: POST /flaky
    headers: [Authorization, X-Api-Key, Accept-Language]
    steps:
      - {name: try, function: lab.flaky, retry: {attempts: 3, delay: 20ms}}
      - {name: guarded, function: lab.same, concurrency: 3, breaker: {failures: 5}}
  - name: broken
    route: POST /broken
    steps: [{name: fine, function: lab.same}, {name: breaks, function: lab.fails}, {name: never, function: lab.same}]
  - name: hostile
    route: POST /hostile
    steps: [{name: attacks, function: lab.hostile}]
  - name: waits
    route: POST /waits
    steps: [{name: waits, function: lab.waits}]
  - name: releases
    route: POST /releases
    steps: [{function: lab.releases}]
  - name: typed
    route: POST /typed
    steps: [{function: lab.typed}]
  - name: huge
    route: POST /huge
    steps: [{name: text, function: lab.huge}, {name: bytes, function: lab.binary}]
`

type order struct {
	Customer string `json:"customer"`
	Express  bool   `json:"express"`
	Lines    []struct {
		SKU      string `json:"sku"`
		Quantity int    `json:"quantity" jsonschema:"minimum=1"`
	} `json:"lines"`
}

const attack = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>" +
	"<svg onload=\"window.hacked=1\"></svg>\x1b[31mred\x1b[0m"

// labFunctions are those of lab.
func labFunctions(t *testing.T) functions.Map {
	t.Helper()
	var count atomic.Int64
	released := make(chan struct{}, 1)
	data := func(contentType string, data []byte) functions.Function {
		return func(context.Context, event.Event) (*event.Event, error) {
			out := event.New()
			out.SetType("lab")
			out.SetSource("/lab")
			return &out, out.SetData(contentType, data)
		}
	}
	return functions.Map{
		"lab.same": func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil },
		"lab.flaky": func(_ context.Context, in event.Event) (*event.Event, error) {
			if count.Add(1)%3 != 0 {
				return nil, functions.Errorf(http.StatusServiceUnavailable, "the warehouse is closed")
			}
			return &in, nil
		},
		"lab.fails":   func(context.Context, event.Event) (*event.Event, error) { return nil, errors.New(attack) },
		"lab.hostile": data("text/html", []byte(attack)),
		"lab.huge":    data("text/plain", bytes.Repeat([]byte("huge "), 200_000)),
		"lab.binary":  data("application/octet-stream", bytes.Repeat([]byte{0, 1, 2, 255}, 1000)),
		"lab.waits": func(ctx context.Context, in event.Event) (*event.Event, error) {
			select {
			case <-released:
				return &in, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		},
		"lab.releases": func(_ context.Context, in event.Event) (*event.Event, error) {
			released <- struct{}{}
			return &in, nil
		},
		"lab.typed": functions.Typed(func(_ context.Context, in order) (order, error) { return in, nil }),
	}
}

// app serves the samples and the lab, with the console, and returns its URL.
func app(t *testing.T, environ ...string) string {
	t.Helper()
	all := function.Map()
	maps.Copy(all, labFunctions(t))
	known, err := all.Functions()
	if err != nil {
		t.Fatal(err)
	}
	var chains []functions.Chain
	for _, text := range [][]byte{function.ChainFile, []byte(lab)} {
		more, err := chainfile.Parse("chain.yaml", text, known)
		if err != nil {
			t.Fatal(err)
		}
		chains = append(chains, more...)
	}
	return "http://" + chromium.Serve(t, all.WithTypes(chains), append(environ, "HOMING_CONSOLE=true", "HOMING_LOG_CALLS=true"), redis.Replies())
}

// letters starts a Redis with a dead letter, and returns its URL.
func letters(t *testing.T) string {
	t.Helper()
	path, err := redisserver.Redis()
	if err != nil {
		t.Fatal(err)
	}
	server, err := redisserver.Start(t.Context(), redisserver.Options{Path: path, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	store, err := redis.Open(t.Context(), server.URL(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	letter := deadletter.Letter{
		Version: deadletter.Version, Kept: time.Now(), Reason: "crash", Detail: attack, RequestID: "01890a5d-ac96-774b-bcce-b302099a8057",
		Chain: "quote", Step: "price", Tries: 3, Event: json.RawMessage(`{"type":"homing.quote","data":{"reference":"PO-DEAD"}}`),
	}
	body, err := letter.Body()
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Letters(letterbox.Limits{}.WithDefaults()).Put(t.Context(), "one", []byte(body)); err != nil {
		t.Fatal(err)
	}
	return server.URL()
}

// TestTheConsoleInABrowser runs browser.test.mjs, and has it write the pictures of
// docs if UPDATE_SCREENSHOTS is set.
func TestTheConsoleInABrowser(t *testing.T) {
	t.Parallel()
	pictures := t.TempDir()
	if os.Getenv("UPDATE_SCREENSHOTS") != "" {
		docs, err := filepath.Abs(filepath.Join("..", "..", "docs"))
		if err != nil {
			t.Fatal(err)
		}
		pictures = docs
	}
	samples, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	chromium.Run(t,
		"PICTURES="+pictures, "SAMPLES="+samples,
		"APP="+app(t), "SECURED="+app(t, "HOMING_TOKENS=ops="+adminToken+",guest="+guestToken, "HOMING_ADMINS=ops"),
		"STORED="+app(t, "HOMING_STORE="+letters(t)), "ADMIN_TOKEN="+adminToken, "GUEST_TOKEN="+guestToken,
	)
}
