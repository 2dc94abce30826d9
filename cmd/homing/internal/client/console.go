package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

// consolePath is where a process that has a console answers what it knows.
const consolePath = "/_homing/api/"

// Console reads what the console of the server has at a path, as JSON.
func (c Client) Console(ctx context.Context, path string, into any) error {
	resp, err := c.console(ctx, path)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return c.explain(ctx, err)
	}
	return nil
}

// ConsoleStream calls each with the data of every event of a stream of the console,
// until the server or ctx ends it.
func (c Client) ConsoleStream(ctx context.Context, path string, each func(data []byte) error) error {
	resp, err := c.console(ctx, path)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // what was read counts
	lines := bufio.NewReader(resp.Body)
	for {
		line, err := lines.ReadString('\n')
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := each([]byte(data)); err != nil {
				return err
			}
		}
		switch {
		case err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF):
			return c.explain(ctx, err)
		case err != nil:
			return nil
		}
	}
}

// console sends a request to the console, and explains why it has none, or shows it
// to others.
func (c Client) console(ctx context.Context, path string) (*http.Response, error) {
	resp, err := c.open(ctx, Call{Method: http.MethodGet, Path: consolePath + path, Header: http.Header{"Accept-Encoding": {"identity"}}})
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // "" if it is none
	if resp.StatusCode == http.StatusOK && (kind == "application/json" || kind == eventStream) {
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // what was read counts
	var p struct {
		Detail string `json:"detail"`
	}
	_ = json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&p) //nolint:mnd // what it says, if it does
	switch {
	case resp.StatusCode == http.StatusNotFound && strings.HasPrefix(p.Detail, "request "):
		return nil, exit.Failedf("%s", p.Detail)
	case resp.StatusCode == http.StatusUnauthorized:
		return nil, exit.Failedf("%s wants a token", c.Base).Then("put the token of an admin into HOMING_TOKEN")
	case slices.Contains([]int{http.StatusForbidden, http.StatusMisdirectedRequest, http.StatusTooManyRequests}, resp.StatusCode):
		return nil, exit.Failedf("%s", p.Detail)
	default:
		return nil, exit.Failedf("%s has no console (it answered %s)", c.Base, resp.Status).
			Then("start it with `homing dev`, or set HOMING_CONSOLE=true for it")
	}
}
