package remote

import (
	"cmp"
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

// What an adapter answers to a [Replier] beside the errors of package reply.
var (
	// ErrForbidden means that the adapter refuses the token of the reply.
	ErrForbidden = errors.New("reply token refused")
	// ErrMisdirected means that the reply belongs to the mailbox of another
	// replica of the adapter.
	ErrMisdirected = errors.New("reply belongs to another adapter")
	// ErrRefused means that the adapter does not take the reply as it is: its
	// event cannot be read, or it is too large, which is [reply.ErrTooLarge],
	// too.
	ErrRefused = errors.New("reply refused")
)

// typePrefix begins the type of every problem of this package: a tag URI
// (RFC 4151), which names something without promising a page.
const typePrefix = "tag:homing.dev,2026:"

// kind is an error on the wire. Codes and statuses are part of the protocol:
// both sides of it may be of different versions.
type kind struct {
	err    error
	status int
	code   string
}

// Codes of [reply.ErrFull]: of the store, and of the share of a tenant.
const (
	codeFull      = "full"
	codeShareFull = "share-full"
)

func kinds() [10]kind {
	return [...]kind{
		{reply.ErrUnknown, http.StatusNotFound, "unknown"},
		{reply.ErrExpired, http.StatusGone, "expired"},
		{reply.ErrCompleted, http.StatusConflict, "completed"},
		{reply.ErrCancelled, http.StatusGone, "cancelled"},
		{reply.ErrSuperseded, http.StatusPreconditionFailed, "superseded"},
		{reply.ErrKeyReused, http.StatusUnprocessableEntity, "key-reused"},
		{reply.ErrFull, http.StatusInsufficientStorage, codeFull},
		{reply.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large"},
		{ErrForbidden, http.StatusForbidden, "token-refused"},
		{ErrMisdirected, http.StatusMisdirectedRequest, "misdirected"},
	}
}

// Problem returns the problem document, with status and type, that stands for
// an error of a [reply.Store], or for [ErrForbidden] or [ErrMisdirected]; false
// if err is none of them. A [Replier] reads the same error out of it again. The
// detail of a [reply.ErrTooLarge] is the text of err, which names the limit.
func Problem(err error) (*functions.Error, bool) {
	for _, k := range kinds() {
		if errors.Is(err, k.err) {
			said := k.err
			if errors.Is(said, reply.ErrTooLarge) {
				said = err
			}
			p := functions.Errorf(k.status, "%w", said)
			code := k.code
			if full, explained := errors.AsType[*reply.FullError](err); explained && code == codeFull {
				p.RetryAfter = full.After
				if full.Share {
					code = codeShareFull
				}
			}
			p.Type = typePrefix + code
			return p, true
		}
	}
	return nil, false
}

// answered is what an answer means.
type answered struct {
	known error // for which its type stands; nil for none
	other error // with its status and detail
}

// maxProblem bounds what is read of a problem document, in bytes.
const maxProblem = 64 << 10

// readAnswer reads the problem document of an answer. If there is none, or if
// it cannot be read, the status must do.
func readAnswer(resp *http.Response) answered {
	var p functions.Problem
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err == nil && media == functions.ProblemContentType {
		doc, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
		if err != nil || json.Unmarshal(doc, &p) != nil {
			p = functions.Problem{}
		}
	}
	text := strings.TrimSpace(fmt.Sprintf("answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	a := answered{other: errors.New(text)}
	for _, k := range kinds() {
		if p.Type == typePrefix+k.code {
			a.known = explained{k.err, p.Detail}
		}
	}
	return a
}

// explained is a sentinel with the text that came with it.
type explained struct {
	error

	text string
}

func (e explained) Error() string { return cmp.Or(e.text, e.error.Error()) }
func (e explained) Unwrap() error { return e.error }

// replyError is the error of an answer to a [Replier], nil for success.
func replyError(resp *http.Response) error {
	if resp.StatusCode == http.StatusNoContent {
		return nil
	}
	a := readAnswer(resp)
	switch status := resp.StatusCode; {
	case backoff.Transient(status):
		return passing{a.other}
	case errors.Is(a.known, reply.ErrTooLarge):
		return fmt.Errorf("%w: %w", ErrRefused, a.known)
	case a.known != nil:
		return a.known
	case status == http.StatusConflict:
		return reply.ErrCompleted
	case status == http.StatusGone: // whichever it is, the reply is not wanted
		return reply.ErrExpired
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusMisdirectedRequest:
		return ErrMisdirected
	case status == http.StatusRequestEntityTooLarge, status == http.StatusRequestHeaderFieldsTooLarge: // of its own limit, or a proxy's
		return fmt.Errorf("%w: %w: %w", ErrRefused, reply.ErrTooLarge, a.other)
	case status == http.StatusBadRequest, status == http.StatusUnsupportedMediaType:
		return fmt.Errorf("%w: %w", ErrRefused, a.other)
	default:
		return a.other
	}
}
