package carrier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// Remote is a step of somebody else, and how it is called.
type Remote struct {
	URL string
	// Shown is URL without its secrets, for logs; "" means that it has none.
	Shown string
	// Header is sent beside the headers of the event.
	Header http.Header
	// JSON means that the step answers plain data: what has no ce- headers is the
	// data of the result, with its content type. An empty answer is none.
	JSON bool
	// Authorize proves to the step who calls it; nil means not at all.
	Authorize Authorize
	// Redact takes the secrets out of a text for a log; nil means that there are none.
	Redact func(text string) string
}

// Authorize sets headers on a request, with whose body it is called. It may be
// called concurrently.
type Authorize func(req *http.Request, body []byte) error

// NewRemote returns what is called for a step, without its auth.
func NewRemote(s functions.Step) *Remote {
	r := &Remote{URL: s.URL, JSON: s.Answers == functions.AnswersJSON}
	if s.Remote != nil {
		r.URL, r.Shown, r.Header, r.Redact = s.Remote.URL, s.URL, s.Remote.Header, s.Remote.Redact
		return r
	}
	r.Header = make(http.Header, len(s.Headers))
	for name, value := range s.Headers {
		r.Header.Set(name, value)
	}
	return r
}

// Remote creates the function of a step of somebody else. It is told nothing of the
// routing of the event, so it must answer.
func (c *Client) Remote(r *Remote) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		out, err := c.send(ctx, r, StripRouting(in))
		return out, ReplyTo{}.expected(r.shown(), err)
	}
}

func (r *Remote) shown() string {
	if r.Shown != "" {
		return r.Shown
	}
	return r.URL
}

// hide returns an error whose text has no secrets.
func (r *Remote) hide(err error) error {
	if r.Redact == nil {
		return err
	}
	return redactedError{err, r.Redact(err.Error())}
}

// redactedError is an error with another text.
type redactedError struct {
	error

	text string
}

func (e redactedError) Error() string { return e.text }

func (e redactedError) Unwrap() error { return e.error }

func (r *Remote) hideIn(body []byte) []byte {
	if r.Redact == nil {
		return body
	}
	return []byte(r.Redact(string(body)))
}

var (
	errNoEvent = errors.New("no ce- headers and no CloudEvents media type; " +
		"if the step answers plain data, write `answers: json` at it in chain.yaml")
	errNoJSON = errors.New("it is not JSON, as its Content-Type says")
)

// readResponse reads what a step has answered.
func (r *Remote) readResponse(resp *http.Response, body []byte) (*event.Event, error) {
	switch {
	case resp.StatusCode == http.StatusAccepted:
		return nil, ErrAccepted
	case resp.StatusCode == http.StatusNoContent:
		return nil, nil //nolint:nilnil // dropped
	case !success(resp.StatusCode):
		return nil, r.statusError(resp, body)
	case cloudevents.ModeOf(resp.Header) != cloudevents.None:
		ev, err := cloudevents.Read(resp.Header, body)
		if err != nil {
			return nil, BadResponse(r.shown(), "an event that cannot be read", r.hide(err))
		}
		clearRouting(ev)
		return &ev, nil
	case len(body) == 0:
		return nil, nil //nolint:nilnil // Knative: a success without an event is no reply
	case !r.JSON:
		return nil, BadResponse(r.shown(), "data that is no event", errNoEvent)
	default:
		return r.plain(resp, body)
	}
}

// plain returns the event whose data a step has answered.
func (r *Remote) plain(resp *http.Response, body []byte) (*event.Event, error) {
	text := resp.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(text)
	switch {
	case text == "" && json.Valid(body):
		text = event.ApplicationJSON
	case text == "":
		text = "application/octet-stream"
	case err != nil:
		return nil, BadResponse(r.shown(), "data of a Content-Type that is no media type", fmt.Errorf("%q: %w", r.hideIn([]byte(text)), err))
	case (media == event.ApplicationJSON || strings.HasSuffix(media, "+json")) && !json.Valid(body):
		return nil, BadResponse(r.shown(), "what is not JSON", fmt.Errorf("%w: %q", errNoJSON, r.start(body)))
	}
	out := event.New()
	out.SetDataContentType(text)
	out.DataEncoded = body
	return &out, nil
}

// start is the part of an answer that reaches the log.
func (r *Remote) start(body []byte) []byte {
	body = r.hideIn(body)
	return body[:min(len(body), maxCause)]
}
