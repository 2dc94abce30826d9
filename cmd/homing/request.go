package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/internal/nearest"
)

// eventType is the content type of a CloudEvent in structured mode.
const eventType = "application/cloudevents+json"

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
	if wait := time.Duration(o.wait); wait > 0 {
		seconds := (wait + time.Second - 1) / time.Second
		parts = append(parts, "wait="+strconv.FormatInt(int64(seconds), 10))
	}
	return strings.Join(parts, ", ")
}

// checkType finds an event that goes to another chain than the named one. What
// else is wrong with an event the adapter says best.
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
