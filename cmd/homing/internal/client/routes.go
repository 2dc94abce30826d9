package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/functions"
)

// Route is how a chain is called.
type Route struct {
	// Chain is the name of the chain, and Type that of its events.
	Chain, Type  string
	Method, Path string
	// Consumes are the media types of a request's body; none means any.
	Consumes []string
}

// RoutesOf are the routes of chains of this process.
func RoutesOf(chains []functions.Chain) []Route {
	routes := make([]Route, 0, len(chains))
	for _, c := range chains {
		c = c.WithDefaults()
		routes = append(routes, Route{Chain: c.Name, Type: c.Type, Method: c.Method, Path: c.Path, Consumes: c.Consumes})
	}
	return routes
}

// operation is the part of an OpenAPI operation that is about a chain.
type operation struct {
	Chain string `json:"operationId"`   //nolint:tagliatelle // OpenAPI's
	Type  string `json:"x-homing-type"` //nolint:tagliatelle // an extension of OpenAPI
	Body  struct {
		Content map[string]any `json:"content"`
	} `json:"requestBody"`
}

// Routes asks the server for its routes, sorted by the names of their chains.
func (c Client) Routes(ctx context.Context) ([]Route, error) {
	got, err := c.Send(ctx, Call{Method: http.MethodGet, Path: "/openapi.json"})
	if err != nil {
		return nil, err
	}
	if got.Status == http.StatusUnauthorized {
		return nil, exit.Failedf("%s wants a valid token", c.Base).
			Then("set HOMING_TOKEN")
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	err = json.Unmarshal(got.Body, &doc)
	if got.Status != http.StatusOK || err != nil {
		cause := errors.Join(fmt.Errorf("GET /openapi.json: status %d", got.Status), err)
		return nil, exit.Failedf("%s does not list its chains: %w", c.Base, cause).
			Then("name the path instead of the chain: homing invoke --url %s /quote", c.Base)
	}
	var routes []Route
	for path, item := range doc.Paths {
		for method, member := range item {
			var op operation
			if json.Unmarshal(member, &op) != nil || op.Type == "" { // not a chain's
				continue
			}
			routes = append(routes, Route{
				Chain: op.Chain, Type: op.Type, Method: strings.ToUpper(strings.TrimPrefix(method, "x-homing-")), Path: path,
				Consumes: concrete(op.Body.Content),
			})
		}
	}
	slices.SortFunc(routes, func(a, b Route) int { return strings.Compare(a.Chain, b.Chain) })
	return routes, nil
}

// concrete are the media types without a wildcard.
func concrete(content map[string]any) []string {
	types := slices.Sorted(maps.Keys(content))
	return slices.DeleteFunc(types, func(t string) bool { return strings.Contains(t, "*") })
}
