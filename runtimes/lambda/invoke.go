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

// Invoke handles one payload and returns the answer, JSON. The payload is copied
// and may change afterwards. ctx ends when Lambda stops the function.
//
// Every HTTP event is answered, whatever happens; so is every CloudEvent whose
// replyto names the store, there. The error, a [*PayloadError], a [*RoleError],
// a [*ReplyError] or that of the dead-letter queue, means that the payload was
// not dealt with: Lambda will send it again, if it was sent asynchronously, and
// then to the failure destination.
func (s *Service) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	in, err := s.understand(bytes.Clone(payload))
	if err != nil {
		return nil, err
	}
	ctx, flush := s.traces.invocation(ctx, in.kind)
	defer flush()
	return s.handle(ctx, in)
}

// InvokeStream is Invoke, but answers the HTTP events of the sources that are
// streamed to by a reader, which returns the answer while it is written. It must
// be read to its end, or closed.
func (s *Service) InvokeStream(ctx context.Context, payload []byte) (io.Reader, error) {
	in, err := s.understand(bytes.Clone(payload))
	if err != nil {
		return nil, err
	}
	ctx, flush := s.traces.invocation(ctx, in.kind)
	if in.kind == kindHTTP && in.fault == nil && s.streams(in.http.Source) {
		return s.streamHTTP(ctx, in, flush), nil
	}
	defer flush()
	answer, err := s.handle(ctx, in)
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
		return input{}, &RoleError{Role: s.role, Kind: string(in.kind)}
	}
	return in, nil
}

func (s *Service) handle(ctx context.Context, in input) ([]byte, error) {
	switch in.kind {
	case kindHTTP:
		return s.answerHTTP(ctx, in), nil
	case kindMessages:
		return s.handleMessages(ctx, in.messages), nil
	case kindRecord:
		return []byte(nothing), s.failure.Handle(ctx, in.payload) //nolint:wrapcheck // says what was tried
	case kindEvent:
	}
	out, err := s.handleEvent(ctx, in.payload)
	return out.data, err
}

// readEvent reads an event in structured JSON.
func readEvent(payload []byte) (event.Event, error) {
	ev, err := cloudevents.Read(http.Header{"Content-Type": {event.ApplicationCloudEventsJSON}}, payload)
	if what := foreignSource(payload); err != nil && what != "" { // of the body of a message
		return event.Event{}, unreadable("%s", what)
	}
	if err != nil {
		return event.Event{}, unreadable("%v", err)
	}
	return ev, nil
}
