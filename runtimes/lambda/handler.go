package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"io"
)

// Handler returns what aws-lambda-go is started with. It handles as many
// invocations at once as Lambda sends.
//
// aws-lambda-go hands payload and answer through as bytes only for a type with
// the method Invoke, and streams only what a function returns as a reader, whose
// payload it decodes. So the first is used unless an answer is to be streamed.
func (s *Service) Handler() any {
	if len(s.stream) == 0 {
		return s
	}
	return func(ctx context.Context, payload json.RawMessage) (io.Reader, error) {
		answer, err := s.InvokeStream(ctx, payload)
		if err != nil {
			return nil, err
		}
		return reader{answer}, nil
	}
}

// reader is an answer that aws-lambda-go must write as it is: it tries to write
// it as JSON first.
type reader struct{ io.Reader }

// MarshalJSON implements json.Marshaler. Its error has aws-lambda-go read it.
func (reader) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

var errNoJSON = errors.New("to be read, not to be written as JSON")

// ContentType is for Lambda, which sees by it whether the answer is a stream.
func (r reader) ContentType() string {
	if typed, ok := r.Reader.(interface{ ContentType() string }); ok {
		return typed.ContentType()
	}
	return "application/json"
}

// Close implements io.Closer.
func (r reader) Close() error {
	if closer, ok := r.Reader.(io.Closer); ok {
		return closer.Close() //nolint:wrapcheck // nothing to add
	}
	return nil
}
