package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

const (
	// pollWait is how long a poll asks the server to hold it. It stays below
	// the 30 s at which gateways cut.
	pollWait = 20 * time.Second
	// pause is how long to wait between polls, unless the server sets it.
	pause = time.Second
	// longestPause bounds what the server sets.
	longestPause = 30 * time.Second
)

// Follow waits for the reply to a call that was answered with accepted: 202 and
// a Location. progress is called with what the steps do, as far as the server
// sends that. If accept is not "", the reply is asked for in this form.
func (c Client) Follow(ctx context.Context, accepted Reply, accept string, progress func(reply.Progress)) (Reply, error) {
	path, err := c.location(accepted.Header)
	if err != nil {
		return Reply{}, fmt.Errorf("follow the call: %w", err)
	}
	c.watch(ctx, path, progress)
	return c.poll(ctx, path, accept)
}

// watch follows the call's event stream until it ends, for whatever reason:
// only poll finds out what became of the call.
func (c Client) watch(ctx context.Context, path string, progress func(reply.Progress)) {
	resp, err := c.open(ctx, Call{
		Method: http.MethodGet, Path: path, Header: http.Header{"Accept": {eventStream}},
	})
	if err != nil {
		return
	}
	defer resp.Body.Close() //nolint:errcheck // what was read counts
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != eventStream {
		return
	}
	watchStream(resp.Body, progress)
}

// poll asks for the reply until it is there.
func (c Client) poll(ctx context.Context, path, accept string) (Reply, error) {
	header := http.Header{"Prefer": {"wait=" + strconv.Itoa(int(pollWait/time.Second))}}
	if accept != "" {
		header.Set("Accept", accept)
	}
	for {
		got, err := c.Send(ctx, Call{Method: http.MethodGet, Path: path, Header: header})
		if err != nil {
			return Reply{}, later(err, c.Base+path)
		}
		if !pending(got) {
			return got, nil
		}
		select {
		case <-time.After(retryAfter(got.Header)):
		case <-ctx.Done():
			return Reply{}, later(c.explain(ctx, ctx.Err()), c.Base+path)
		}
	}
}

// pending reports whether a response is about the call, which still runs, or
// about a server that does not know now. A reply carries its request's id and is neither.
func pending(r Reply) bool {
	switch r.Status {
	case http.StatusAccepted:
		return true
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return r.Header.Get("X-Request-ID") == ""
	default:
		return false
	}
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16)
	if err != nil || seconds == 0 {
		return pause
	}
	return min(time.Duration(seconds)*time.Second, longestPause)
}

// later adds where the reply of an unfinished call will be.
func later(err error, location string) error {
	return exit.Failedf("%w", err).Then("the call may still run; its reply: %s", location)
}

// ErrNoLocation means that a response points to no place on the same server;
// the token is not sent to any other.
var ErrNoLocation = errors.New("the answer has no Location on this server")

// location is the path behind the base at which the reply of a call waits.
func (c Client) location(h http.Header) (string, error) {
	text := h.Get("Location")
	at, err := url.Parse(text)
	if text == "" || err != nil {
		return "", ErrNoLocation
	}
	base, err := url.Parse(c.Base)
	if err == nil && at.Host == "" && at.Scheme == "" && len(at.Path) > 0 && at.Path[0] == '/' {
		inner, below := strings.CutPrefix(at.RequestURI(), base.EscapedPath())
		if !below || inner == "" || inner[0] != '/' { // of a server that does not know its base path
			return at.RequestURI(), nil
		}
		return inner, nil
	}
	if err != nil || at.Scheme != base.Scheme || at.Host != base.Host || len(at.Path) <= len(base.Path) ||
		at.Path[:len(base.Path)] != base.Path || at.Path[len(base.Path)] != '/' {
		return "", ErrNoLocation
	}
	return at.RequestURI()[len(base.EscapedPath()):], nil
}

const eventStream = "text/event-stream"

// longestLine is how much of a line of a stream is looked at, in bytes. Only
// the reply itself is longer, and that is fetched by its own request.
const longestLine = 16 << 10

// watchStream reads server-sent events (WHATWG HTML section 9.2) and calls
// progress with what is in them. It ends with the stream, or with the event that ends the
// call. Lines that are too long and events that are not known are passed over.
func watchStream(r io.Reader, progress func(reply.Progress)) {
	lines := bufio.NewReaderSize(r, longestLine)
	var name string // of the event that is being read
	var data []byte
	for {
		line, err := readLine(lines)
		if err != nil {
			return
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			name = string(value)
			if name == "reply" || name == "problem" {
				return
			}
		case "data":
			if len(data) <= longestLine {
				data = append(append(data, value...), '\n')
			}
		case "":
			if len(line) > 0 { // a comment
				continue
			}
			var p reply.Progress
			if name == "progress" && json.Unmarshal(data, &p) == nil {
				progress(p)
			}
			name, data = "", data[:0]
		}
	}
}

// readLine returns a line without its end; what is too long of it is dropped. It
// is valid until the next call. An unfinished line at the end is no line.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == nil {
		return bytes.TrimRight(line, "\r\n"), nil
	}
	kept := bytes.Clone(line)
	for err == bufio.ErrBufferFull { //nolint:errorlint // never wrapped
		_, err = r.ReadSlice('\n')
	}
	if err != nil {
		return nil, err
	}
	return kept, nil
}
