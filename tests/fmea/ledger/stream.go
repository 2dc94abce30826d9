package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// serverEvent is one of a stream of server-sent events.
type serverEvent struct{ name, data string }

// stream looks by a stream of server-sent events. It is due with the deadline of
// the request: the stream then ends with the reply or with a problem.
func (k *callers) stream(ctx context.Context, c *call, r request, deadline time.Time) look {
	var last serverEvent
	r.what = lookStream
	r.header.Set("Accept", "text/event-stream")
	if deadline.After(r.deadline) {
		r.deadline = deadline
	}
	r.stream = func(body io.Reader) (err error) {
		last, err = lastEvent(body)
		return err
	}
	l, a := k.do(ctx, r)
	if a.err != nil || a.status != http.StatusOK {
		return c.add(k.expect.judgeAnswer(l, c, a))
	}
	inner, err := last.answer()
	switch {
	case errors.Is(err, errUnfinished):
		l.kind, l.status = unfinished, a.status
	case err != nil:
		l = l.wrongly(err.Error())
	default:
		l = k.expect.judgeAnswer(l, c, inner)
	}
	return c.add(l)
}

// lastEvent reads a stream until it ends, and returns its last event.
func lastEvent(body io.Reader) (serverEvent, error) {
	var last, e serverEvent
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if e.name != "" {
				last, e = e, serverEvent{}
			}
		}
	}
	return last, lines.Err() //nolint:wrapcheck // that of the connection
}

var errUnfinished = errors.New("the stream ended without a reply")

// answer is the plain answer that the end of a stream stands for.
func (e serverEvent) answer() (answer, error) {
	a := answer{header: http.Header{}}
	switch e.name {
	case "problem":
		var doc struct {
			Status    int    `json:"status"`
			RequestID string `json:"requestid"`
		}
		if err := json.Unmarshal([]byte(e.data), &doc); err != nil {
			return a, fmt.Errorf("event problem: %w", err)
		}
		a.status, a.body = doc.Status, []byte(e.data)
		a.header.Set("Content-Type", problemType)
		a.header.Set("Retry-After", "1") // an event has no header
		return a, nil
	case "reply":
		return replyAnswer([]byte(e.data))
	default:
		return a, errUnfinished
	}
}

// replyAnswer is the answer that a reply in structured mode stands for.
func replyAnswer(data []byte) (answer, error) {
	a := answer{status: http.StatusOK, header: http.Header{"Retry-After": {"1"}}}
	var doc struct {
		ID     string          `json:"id"`
		Media  string          `json:"datacontenttype"`
		Status json.RawMessage `json:"httpstatus"`
		Data   json.RawMessage `json:"data"`
		Base64 []byte          `json:"data_base64"` //nolint:tagliatelle // of CloudEvents
		For    string          `json:"correlationid"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return a, fmt.Errorf("event reply: %w", err)
	}
	if status := strings.Trim(string(doc.Status), `"`); status != "" {
		if _, err := fmt.Sscan(status, &a.status); err != nil {
			return a, fmt.Errorf("event reply: status %s: %w", status, err)
		}
	}
	if a.body = doc.Base64; doc.Data != nil {
		var compact bytes.Buffer
		if err := json.Compact(&compact, doc.Data); err != nil {
			return a, fmt.Errorf("event reply: %w", err)
		}
		a.body = compact.Bytes()
	}
	a.header.Set("Content-Type", doc.Media)
	if doc.For == "" {
		doc.For = doc.ID
	}
	a.header.Set("X-Request-ID", doc.For)
	return a, nil
}
