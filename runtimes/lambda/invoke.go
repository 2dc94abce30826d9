package lambda

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// nothing is the answer where nobody waits for one.
const nothing = "null"

// Invoke handles one payload and gives the answer, JSON. The payload is copied
// and may change afterwards. ctx ends when Lambda stops the function.
//
// Every HTTP event is answered, whatever happens; so is every CloudEvent whose
// replyto names the store, there. The error, a [*PayloadError], a [*RoleError],
// a [*ReplyError] or what [deadletter.Handler] gives, means that the payload
// was not dealt with: Lambda will send it again, if it was sent asynchronously,
// and then to the failure destination.
func (s *Service) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	payload = bytes.Clone(payload)
	in, err := s.understand(payload)
	switch {
	case err != nil:
		return nil, err
	case in.kind == kindHTTP:
		return s.answerHTTP(ctx, in), nil
	default:
		return s.handle(ctx, in, payload)
	}
}

// InvokeStream is Invoke, but answers the HTTP events of the sources that are
// streamed to by a reader, which gives the answer while it is written. It must
// be read to its end, or closed.
func (s *Service) InvokeStream(ctx context.Context, payload []byte) (io.Reader, error) {
	payload = bytes.Clone(payload)
	in, err := s.understand(payload)
	switch {
	case err != nil:
		return nil, err
	case in.kind == kindHTTP && in.fault == nil && s.streams(in.http.Source):
		return s.streamHTTP(ctx, in), nil
	case in.kind == kindHTTP:
		return bytes.NewReader(s.answerHTTP(ctx, in)), nil
	}
	answer, err := s.handle(ctx, in, payload)
	if err != nil {
		return nil, err
	}
	return bytes.NewReader(answer), nil
}

// understand finds out what a payload is, and whether it is for this role.
func (s *Service) understand(payload []byte) (input, error) {
	in, err := understand(payload)
	if err != nil {
		return input{}, err
	}
	var takes bool
	switch in.kind {
	case kindHTTP:
		takes = s.adapter != nil
	case kindEvent, kindMessages:
		takes = s.worker != nil
	case kindRecord:
		takes = s.failure != nil
	}
	if !takes {
		return input{}, &RoleError{Role: s.role, Kind: in.kind.String()}
	}
	return in, nil
}

// handle handles what is no HTTP event.
func (s *Service) handle(ctx context.Context, in input, payload []byte) ([]byte, error) {
	switch in.kind {
	case kindMessages:
		return s.handleMessages(ctx, in.messages), nil
	case kindRecord:
		return []byte(nothing), s.failure.Handle(ctx, payload) //nolint:wrapcheck // says what was tried
	case kindEvent, kindHTTP:
	}
	out, err := s.handleEvent(ctx, payload)
	if err != nil {
		return nil, err
	}
	return out.data, nil
}

// readEvent reads an event in structured JSON.
func readEvent(payload []byte) (event.Event, error) {
	ev, err := cloudevents.Read(http.Header{"Content-Type": {event.ApplicationCloudEventsJSON}}, payload)
	if err != nil {
		return event.Event{}, unreadable("%v", err)
	}
	return ev, nil
}
