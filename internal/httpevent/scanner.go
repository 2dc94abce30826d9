package httpevent

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/homing-dev/homing/internal/jsonscan"
)

// maxDepth is how deep arrays and objects may be nested in an event. The
// deepest that a service creates is an authorizer's context, below ten.
const maxDepth = 500

// scanner reads events and answers, where null stands for an empty value of
// any kind. Half of a surrogate pair becomes U+FFFD, as in encoding/json.
type scanner struct{ jsonscan.Scanner }

// start begins to read a text. The error is that it is not UTF-8.
func (s *scanner) start(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("is not UTF-8")
	}
	s.reset(text)
	return nil
}

// reset begins to read a text that is known to be UTF-8.
func (s *scanner) reset(text []byte) { s.Scanner = jsonscan.New(text, maxDepth) }

// document reads a whole text that must be an object.
func (s *scanner) document(member func(name []byte) error) error {
	if s.Peek() != '{' {
		return errors.New("is not a JSON object")
	}
	if err := s.object(func(name []byte) error { return in(name, member(name)) }); err != nil {
		return explained(err)
	}
	return explained(s.End())
}

// object reads an object: member is called with each name and reads its value.
func (s *scanner) object(member func(name []byte) error) error {
	if s.Peek() == 'n' {
		return s.skip()
	}
	return s.List('{', '}', func() error {
		name, _, err := s.Text()
		if err != nil {
			return err
		}
		if err := s.Colon(); err != nil {
			return err
		}
		return member(name)
	})
}

// array reads an array: element reads each value.
func (s *scanner) array(element func() error) error {
	if s.Peek() == 'n' {
		return s.skip()
	}
	return s.List('[', ']', element)
}

// each calls add with every value of an object; read reads one, and returns nil
// for what is left out.
func (s *scanner) each(object []byte, read func() ([]byte, error), add func(name, value []byte) error) error {
	s.reset(object)
	return s.object(func(name []byte) error {
		value, err := read()
		if err != nil || value == nil {
			return in(name, err)
		}
		return add(name, value)
	})
}

// eachOf is like each for an object of arrays of values.
func (s *scanner) eachOf(object []byte, read func() ([]byte, error), add func(name, value []byte) error) error {
	s.reset(object)
	return s.object(func(name []byte) error {
		return in(name, s.array(func() error {
			value, err := read()
			if err != nil || value == nil {
				return err
			}
			return add(name, value)
		}))
	})
}

// text reads a string; nil stands for null.
func (s *scanner) text() ([]byte, error) {
	switch s.Peek() {
	case '"':
	case 'n':
		return nil, s.skip()
	default:
		return nil, s.not("a string")
	}
	text, _, err := s.Text()
	return text, err
}

// share reads a string into a slice that shares the memory of what is read.
func (s *scanner) share(into *[]byte) (err error) {
	*into, err = s.text()
	return err
}

// copy reads a string; "" stands for null.
func (s *scanner) copy(into *string) error {
	text, err := s.text()
	*into = string(text)
	return err
}

// optional reads a string that nothing depends on; anything else counts as "".
func (s *scanner) optional(into *string) error {
	if s.Peek() == '"' {
		return s.copy(into)
	}
	*into = ""
	return s.skip()
}

// scalar reads a string, a number, true or false as a text; "" stands for null.
func (s *scanner) scalar() ([]byte, error) {
	switch s.Peek() {
	case '"':
		return s.text()
	case 'n':
		return []byte{}, s.skip()
	case '{', '[':
		return nil, s.not("a string")
	default:
		return s.Value()
	}
}

// truth reads true, false or null, which counts as false.
func (s *scanner) truth(into *bool) error {
	switch c := s.Peek(); c {
	case 't', 'f', 'n':
		*into = c == 't'
		return s.skip()
	default:
		return s.not("true or false")
	}
}

// raw reads any value as its bytes; nil stands for null.
func (s *scanner) raw(into *[]byte) (err error) {
	if s.Peek() == 'n' {
		*into = nil
		return s.skip()
	}
	*into, err = s.Value()
	return err
}

func (s *scanner) skip() error {
	_, err := s.Value()
	return err
}

// not is the error of a value of another kind than it has to be.
func (s *scanner) not(kind string) error {
	if err := s.skip(); err != nil {
		return err
	}
	return fmt.Errorf("is not %s", kind)
}

// in adds to an error in which field of the event it was met.
func in(field []byte, err error) error {
	const longest = 40 // a name can be as long as the event
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", field[:min(len(field), longest)], explained(err))
}

// explained words a fault of JSON, with its byte as people count.
func explained(err error) error {
	fault, ok := err.(*jsonscan.Error) //nolint:errorlint // a wrapped one is explained already
	switch {
	case !ok:
		return err
	case errors.Is(fault, jsonscan.ErrEnd):
		return fmt.Errorf("the JSON ends too early, after %d bytes", fault.Offset)
	case errors.Is(fault, jsonscan.ErrDepth):
		return fmt.Errorf("the JSON is nested more than %d deep", maxDepth)
	default:
		return fmt.Errorf("the JSON is wrong at byte %d", fault.Offset+1)
	}
}
