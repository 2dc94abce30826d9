package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/nearest"
)

// eventType is the content type of a CloudEvent in structured mode.
const eventType = "application/cloudevents+json"

// prepare returns the call that o asks for.
func (a *app) prepare(ctx context.Context, h host, name string, o invokeOptions) (client.Call, error) {
	route, err := chooseRoute(ctx, h, name, o)
	if err != nil {
		return client.Call{}, err
	}
	call := client.Call{Method: cmp.Or(o.method, route.Method)}
	if call.Path, err = withQuery(route.Path, o.query); err != nil {
		return client.Call{}, err
	}
	if call.Header, err = requestHeaders(o); err != nil {
		return client.Call{}, err
	}
	if call.Body, err = a.body(ctx, call.Method, o); err != nil {
		return client.Call{}, err
	}
	if o.event {
		return call, checkType(call.Body, name, route)
	}
	if len(call.Body) > 0 && call.Header.Get("Content-Type") == "" {
		call.Header.Set("Content-Type", guessType(o.file, route.Consumes, call.Body))
	}
	return call, nil
}

// notSent is the error of a request that cannot be sent as it was given.
func notSent(format string, args ...any) *exit.Error {
	return exit.Usagef(format, args...).Then("see `homing invoke --help`")
}

// chooseRoute finds the route that name means: that of a chain, or a path.
func chooseRoute(ctx context.Context, h host, name string, o invokeOptions) (client.Route, error) {
	if strings.HasPrefix(name, "/") {
		return client.Route{Method: http.MethodPost, Path: name}, nil
	}
	events := client.Route{Method: http.MethodPost, Path: "/events"}
	if o.event && name == "" {
		return events, nil
	}
	routes, err := h.routes(ctx)
	if err != nil {
		return client.Route{}, err
	}
	route, err := routeOf(routes, name)
	if err == nil && o.event {
		events.Type = route.Type
		return events, nil
	}
	if err == nil && strings.ContainsAny(route.Path, "{}") {
		err = notSent("the path %s of chain %s has wildcards; give the path instead of the chain", route.Path, route.Chain)
	}
	return route, err
}

func routeOf(routes []client.Route, name string) (client.Route, error) {
	var names []string
	for _, r := range routes {
		if r.Chain == name || name == "" && len(routes) == 1 {
			return r, nil
		}
		names = append(names, r.Chain)
	}
	slices.Sort(names)
	all := strings.Join(names, ", ")
	if name == "" {
		return client.Route{}, notSent("name a chain: %s", all)
	}
	return client.Route{}, notSent("there is no chain %q among %s%s", name, all, nearest.DidYouMean(name, names))
}

// withQuery adds parameters NAME=VALUE to a path that may have some.
func withQuery(path string, params []string) (string, error) {
	if len(params) == 0 {
		return path, nil
	}
	var pairs []string
	for _, p := range params {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return "", notSent("--query %q is not NAME=VALUE", p)
		}
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + strings.Join(pairs, "&"), nil
}

// headerChars are what the name of a header is made of (RFC 9110 section 5.6.2).
const headerChars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// requestHeaders are those that o names, and those that its flags stand for.
func requestHeaders(o invokeOptions) (http.Header, error) {
	h := http.Header{}
	for _, line := range o.headers {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || strings.Trim(name, headerChars) != "" || strings.ContainsFunc(value, unicode.IsControl) {
			return nil, notSent("--header %d is not 'NAME: VALUE'", 1+slices.Index(o.headers, line)) // it may hold a secret
		}
		h.Add(name, value)
	}
	if p := o.prefer(); p != "" {
		h.Add("Prefer", p)
	}
	if o.key != "" {
		h.Set("Idempotency-Key", o.key)
	}
	if o.event {
		h.Set("Content-Type", eventType)
		if h.Get("Accept") == "" {
			h.Set("Accept", eventType)
		}
	}
	return h, nil
}

// prefer is the value of the header Prefer (RFC 7240); "" for none.
func (o *invokeOptions) prefer() string {
	var parts []string
	if o.async {
		parts = append(parts, "respond-async")
	}
	if o.wait > 0 {
		seconds := (o.wait + time.Second - 1) / time.Second
		parts = append(parts, "wait="+strconv.FormatInt(int64(seconds), 10))
	}
	return strings.Join(parts, ", ")
}

// checkType finds an event that goes to another chain than the named one. All
// else that is invalid in an event is left to the adapter.
func checkType(body []byte, name string, route client.Route) error {
	var ev struct {
		Type string `json:"type"`
	}
	readable := json.Unmarshal(body, &ev) == nil
	if route.Type == "" || !readable || ev.Type == route.Type {
		return nil
	}
	return notSent("the event has type %q, but chain %s takes %q", ev.Type, name, route.Type)
}

// stdinName as a file stands for the standard input.
const stdinName = "-"

// body reads the body of the request.
func (a *app) body(ctx context.Context, method string, o invokeOptions) ([]byte, error) {
	switch {
	case o.given("data"):
		return []byte(o.data), nil
	case o.given("file") && o.file != stdinName:
		data, err := os.ReadFile(o.file)
		if err != nil {
			return nil, notSent("read the body: %w", err)
		}
		return data, nil
	case o.given("file"):
		return readAll(ctx, a.In)
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodOptions:
		return nil, nil
	}
	if console.IsTerminal(a.In) {
		return nil, notSent("there is no body; give one by -f FILE or -d TEXT, or pipe it in (-f - reads what you type)")
	}
	return readAll(ctx, a.In)
}

// readAll reads to the end of r or of ctx. Reading itself cannot be stopped; it
// ends with the process.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	var got result
	read := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(r)
		read <- result{data, err}
	}()
	select {
	case got = <-read:
	case <-ctx.Done():
		got.err = context.Cause(ctx)
	}
	if got.err != nil {
		return nil, fmt.Errorf("read the body from the standard input: %w", got.err)
	}
	return got.data, nil
}

// guessType names the content type of a body: by the file's name, by the type
// that the chain takes if it is one only, or by what the body looks like.
func guessType(file string, consumes []string, body []byte) string {
	if byName := mime.TypeByExtension(filepath.Ext(file)); byName != "" {
		return byName
	}
	switch {
	case len(consumes) == 1:
		return consumes[0]
	case json.Valid(body):
		return "application/json"
	default:
		return http.DetectContentType(body)
	}
}
