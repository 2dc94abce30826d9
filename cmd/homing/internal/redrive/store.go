package redrive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
)

// Letters is where dead letters are kept: a [Box] or a [Store].
type Letters interface {
	// Scan is as of [Box.Scan] and [Store.Scan].
	Scan(ctx context.Context, visit func(*Message) (stays bool, err error)) (hidden int, err error)
	// remove deletes a letter that Scan has visited.
	remove(ctx context.Context, m *Message) error
}

// Store is a server of replies that keeps dead letters, too.
type Store struct {
	Box letterbox.Box
}

// Scan calls visit with every letter, in no order. Nothing is hidden from others:
// two who send letters at the same moment may both send one.
func (s Store) Scan(ctx context.Context, visit func(*Message) (stays bool, err error)) (hidden int, err error) {
	for l, err := range s.Box.List(ctx) {
		if err != nil {
			return -1, fmt.Errorf("read the dead letters: %w", err)
		}
		m := &Message{ID: l.Key, Body: string(l.Body), Sent: l.Kept, kept: l}
		m.kept.Body = nil
		m.Letter, m.Err = deadletter.Open(m.Body)
		if _, err := visit(m); err != nil {
			return -1, err
		}
	}
	return 0, nil
}

func (s Store) remove(ctx context.Context, m *Message) error {
	err := s.Box.Delete(ctx, m.kept)
	switch {
	case errors.Is(err, letterbox.ErrChanged):
		return fmt.Errorf("letter %s stays, as its event has died again: %w", m.ID, err)
	case err != nil:
		return fmt.Errorf("delete letter %s: %w", m.ID, err)
	}
	return nil
}

// ErrNeedsURL means that an event cannot be sent to a function of Lambda from here.
var ErrNeedsURL = errors.New("it must be sent to a URL, of a broker or of a vertex")

// isURL reports whether a target is reached over HTTP.
func isURL(target string) bool {
	return strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://")
}

// postTime bounds one delivery: a vertex answers when its steps are done.
const postTime = 10 * time.Minute

// post sends the event of a letter over HTTP, in binary mode. On nil it was taken:
// by a broker, or by a vertex, which has run its steps then.
func post(ctx context.Context, client *http.Client, target string, payload []byte) error {
	ctx, cancel := context.WithTimeout(ctx, postTime)
	defer cancel()
	ev, err := deadletter.Letter{Event: payload}.CloudEvent()
	if err != nil {
		return err //nolint:wrapcheck // says what it is not
	}
	header := http.Header{}
	data, err := cloudevents.Write(header, ev, cloudevents.Binary)
	if err != nil {
		return fmt.Errorf("write the event: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("send to the URL: %w", err)
	}
	req.Header = header
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("send to %s: %w", req.URL.Redacted(), err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	const most = 1 << 10
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, most)) // it only explains
	if resp.StatusCode/100 != 2 {                            //nolint:mnd // all that are a success
		return fmt.Errorf("%s answered %s: %s", req.URL.Redacted(), resp.Status, bytes.TrimSpace(answer))
	}
	return nil
}
