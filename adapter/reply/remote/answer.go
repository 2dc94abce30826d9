package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

const (
	// maxProblem bounds what is read of a problem document, in bytes.
	maxProblem = 64 << 10
	// maxDrain bounds what is read of a body that nobody wants, so that its
	// connection can be used again.
	maxDrain = 256 << 10
)

// closeBody reads the rest of a body, if that is short, and closes it.
func closeBody(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain) // or the connection is closed
	_ = resp.Body.Close()                            // nothing was written
}

// replyAnswer makes an error of what an adapter answered to a reply.
func replyAnswer(resp *http.Response) error {
	if resp.StatusCode == http.StatusNoContent {
		return nil
	}
	p := readProblem(resp)
	known := ofProblem(p)
	err := unexpected(resp.StatusCode, p)
	switch {
	case errors.Is(known, reply.ErrTooLarge):
		return fmt.Errorf("%w: %w", ErrRefused, known)
	case known != nil && !backoff.Transient(resp.StatusCode):
		return known
	}
	switch resp.StatusCode {
	case http.StatusConflict:
		return reply.ErrCompleted
	case http.StatusGone: // whichever it is, the reply is not wanted
		return reply.ErrExpired
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusMisdirectedRequest:
		return ErrMisdirected
	case http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge: // of the adapter itself, or of a proxy in between
		return fmt.Errorf("%w: %w: %w", ErrRefused, reply.ErrTooLarge, err)
	case http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if backoff.Transient(resp.StatusCode) {
		return passing{err}
	}
	return err
}

// readProblem reads the problem document of an answer. It is empty if there is
// none or if it cannot be read: the status must do then.
func readProblem(resp *http.Response) functions.Problem {
	var p functions.Problem
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || mediaType != functions.ProblemContentType {
		return p
	}
	doc, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if err != nil {
		return p
	}
	if err := json.Unmarshal(doc, &p); err != nil {
		return functions.Problem{}
	}
	return p
}

// unexpected is an answer that has no error of its own.
func unexpected(status int, p functions.Problem) error {
	text := strings.TrimSpace(fmt.Sprintf("answered %d %s", status, http.StatusText(status)))
	if p.Detail != "" {
		return fmt.Errorf("%s: %s", text, p.Detail)
	}
	return fmt.Errorf("%s", text)
}
