package lambda

import (
	"context"
	"errors"
	"io"
)

// Handler is what aws-lambda-go is started with. It handles as many invocations
// at once as Lambda sends.
//
// aws-lambda-go hands payload and answer through as bytes only for a type with
// the method Invoke, and streams only what a function gives it as a reader,
// whose payload it decodes. So the first is used unless an answer is to be
// streamed.
func (s *Service) Handler() any {
	if len(s.stream) == 0 {
		return s
	}
	return func(ctx context.Context, in payload) (io.Reader, error) {
		answer, err := s.InvokeStream(ctx, in)
		if err != nil {
			return nil, err
		}
		return reader{answer}, nil
	}
}

// payload is the JSON of an invocation as it is.
type payload []byte

// UnmarshalJSON implements json.Unmarshaler. InvokeStream copies the payload,
// so there is no need to do it here.
func (p *payload) UnmarshalJSON(data []byte) error {
	*p = data
	return nil
}

// reader is an answer that aws-lambda-go is to take as it is: it tries to write
// it as JSON first.
type reader struct{ io.Reader }

// MarshalJSON implements json.Marshaler, and makes aws-lambda-go read it.
func (reader) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

var errNoJSON = errors.New("to be read, not to be written as JSON")

// ContentType tells Lambda whether the answer is a stream.
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
