// Package browser_test calls chains from pages in a real browser: Chromium, driven
// by playwright-core.
package browser_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/tests/internal/chromium"
)

const token = "shop-token-0123456789"

// chains are those that pages of SHOP may call, and those that none may.
const chains = `
chains:
  - name: quote
    route: POST /quote
    consumes: [application/json]
    cors: {origins: [SHOP], maxAge: 10m}
    steps: [same]
  - name: held
    route: POST /held
    cors: {origins: [SHOP]}
    steps: [{name: first, function: same}, {name: held, function: held}]
  - name: release
    route: POST /release
    cors: {origins: [SHOP]}
    steps: [release]
  - name: upload
    route: POST /upload
    consumes: [multipart/form-data]
    cors: {origins: [SHOP]}
    steps: [upload]
  - name: login
    route: POST /login
    cors: {origins: [SHOP], credentials: true}
    headers: [Cookie]
    steps: [cookie]
  - name: public
    route: POST /public
    cors: {origins: ["*"]}
    steps: [same]
  - name: closed
    route: POST /closed
    steps: [runs]
  - name: picture
    route: GET /picture
    steps: [runs]
  - name: count
    route: GET /count
    steps: [count]
`

func known() map[string]functions.Function {
	var runs atomic.Int64
	released := make(chan struct{}, 1)
	text := func(s string) (*event.Event, error) {
		out := event.New()
		out.SetType("text")
		out.SetSource("/browser")
		return &out, out.SetData("text/plain", []byte(s))
	}
	same := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
	return map[string]functions.Function{
		"same": same,
		"held": func(ctx context.Context, in event.Event) (*event.Event, error) {
			select {
			case <-released:
				return &in, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		},
		"release": func(_ context.Context, in event.Event) (*event.Event, error) {
			released <- struct{}{}
			return &in, nil
		},
		"upload": func(_ context.Context, in event.Event) (*event.Event, error) {
			r := http.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {in.DataContentType()}}}
			r.Body = io.NopCloser(strings.NewReader(string(in.Data())))
			file, head, err := r.FormFile("photo")
			if err != nil {
				return nil, functions.Errorf(http.StatusUnprocessableEntity, "%w", err)
			}
			data, err := io.ReadAll(file)
			if err != nil {
				return nil, err
			}
			return text(head.Filename + " has " + strconv.Itoa(len(data)) + " bytes")
		},
		"cookie": func(_ context.Context, in event.Event) (*event.Event, error) {
			out, err := text(functions.Header(in, "Cookie"))
			functions.SetCookie(out, &http.Cookie{Name: "seen", Value: "1", SameSite: http.SameSiteLaxMode})
			return out, err
		},
		"runs": func(context.Context, event.Event) (*event.Event, error) {
			return text(strconv.FormatInt(runs.Add(1), 10))
		},
		"count": func(context.Context, event.Event) (*event.Event, error) {
			return text(strconv.FormatInt(runs.Load(), 10))
		},
	}
}

// app serves the chains on loopback as any app does, and returns its address.
func app(t *testing.T, shop string, environ ...string) string {
	t.Helper()
	served, err := chainfile.Parse("chain.yaml", []byte(strings.ReplaceAll(chains, "SHOP", strconv.Quote(shop))), known())
	if err != nil {
		t.Fatal(err)
	}
	return chromium.Serve(t, served, environ)
}

func TestPagesOfOtherOriginsInABrowser(t *testing.T) {
	t.Parallel()
	// An empty page under every name that leads here.
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>page</title>")
	}))
	t.Cleanup(pages.Close)
	_, port, err := net.SplitHostPort(pages.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	shop := "http://shop.localhost:" + port
	chromium.Run(t,
		"SHOP="+shop, "EVIL=http://evil.localhost:"+port, "NEIGHBOUR=http://127.0.0.1:"+port,
		"APP="+app(t, shop), "SECURED="+app(t, shop, "HOMING_TOKENS=shop="+token), "TOKEN="+token)
}
