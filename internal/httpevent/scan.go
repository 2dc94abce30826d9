package httpevent

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may be nested in an event. The
// deepest that a service makes is an authorizer's context, below ten.
const maxDepth = 500

// scanner walks once over a JSON text (RFC 8259). An event is mostly a body and
// fields that nobody asks for: those are skipped where they stand.
type scanner struct {
	text  []byte
	pos   int
	depth int
}

// newScanner gives a scanner of a text, or an error if that is not UTF-8.
func newScanner(text []byte) (scanner, error) {
	if !utf8.Valid(text) {
		return scanner{}, errors.New("is not UTF-8")
	}
	return scanner{text: text}, nil
}

// peek skips white space and gives the byte after it, or 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// wrong is the error of a byte that cannot be where it is.
func (s *scanner) wrong() error {
	if s.pos >= len(s.text) {
		return fmt.Errorf("the JSON ends too early, after %d bytes", len(s.text))
	}
	return fmt.Errorf("the JSON is wrong at byte %d", s.pos+1)
}

// take reads one given byte, after white space.
func (s *scanner) take(c byte) error {
	if s.peek() != c {
		return s.wrong()
	}
	s.pos++
	return nil
}

// end tells whether nothing follows.
func (s *scanner) end() error {
	if s.peek() != 0 || s.pos < len(s.text) {
		return s.wrong()
	}
	return nil
}

// list reads an array or object by calling item for every element or member.
func (s *scanner) list(opening, closing byte, item func() error) error {
	if err := s.take(opening); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return fmt.Errorf("the JSON is nested more than %d deep", maxDepth)
	}
	if s.peek() != closing {
		for {
			if err := item(); err != nil {
				return err
			}
			if s.peek() != ',' {
				break
			}
			s.pos++
		}
	}
	s.depth--
	return s.take(closing)
}

// object reads an object: member is called with each name and reads its value.
// null counts as an object without members.
func (s *scanner) object(member func(name []byte) error) error {
	if s.peek() == 'n' {
		return s.word("null")
	}
	return s.list('{', '}', func() error {
		if s.peek() != '"' {
			return s.wrong()
		}
		name, err := s.str()
		if err != nil {
			return err
		}
		if err := s.take(':'); err != nil {
			return err
		}
		return member(name)
	})
}

// array reads an array: element reads each value. null counts as empty.
func (s *scanner) array(element func() error) error {
	if s.peek() == 'n' {
		return s.word("null")
	}
	return s.list('[', ']', element)
}

// raw reads any value and gives its bytes; nil stands for null.
func (s *scanner) raw() ([]byte, error) {
	null := s.peek() == 'n'
	start := s.pos
	if err := s.skip(); err != nil || null {
		return nil, err
	}
	return s.text[start:s.pos], nil
}

// skip reads any value.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '"':
		_, _, err := s.rawString()
		return err
	case c == '{':
		return s.list('{', '}', s.skipMember)
	case c == '[':
		return s.list('[', ']', s.skip)
	case c == '-' || isDigit(c):
		_, err := s.number()
		return err
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	default:
		return s.wrong()
	}
}

func (s *scanner) skipMember() error {
	if s.peek() != '"' {
		return s.wrong()
	}
	if _, _, err := s.rawString(); err != nil {
		return err
	}
	if err := s.take(':'); err != nil {
		return err
	}
	return s.skip()
}

func (s *scanner) word(word string) error {
	if len(s.text)-s.pos < len(word) || string(s.text[s.pos:s.pos+len(word)]) != word {
		return s.wrong()
	}
	s.pos += len(word)
	return nil
}

// truth reads true, false or null, which counts as false.
func (s *scanner) truth() (bool, error) {
	switch s.peek() {
	case 't':
		return true, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return false, s.word("null")
	default:
		return false, s.not("true or false")
	}
}

// not is the error of a value that is of another kind than it has to be.
func (s *scanner) not(kind string) error {
	if err := s.skip(); err != nil {
		return err
	}
	return fmt.Errorf("is not %s", kind)
}

// number reads a number and gives its text.
func (s *scanner) number() (string, error) {
	start := s.pos
	if s.at() == '-' {
		s.pos++
	}
	if s.at() == '0' {
		s.pos++
	} else if err := s.digits(); err != nil {
		return "", err
	}
	if s.at() == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.at(); c == '+' || c == '-' {
			s.pos++
		}
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	return string(s.text[start:s.pos]), nil
}

// at gives the next byte, white space or not, or 0 at the end.
func (s *scanner) at() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) digits() error {
	start := s.pos
	for isDigit(s.at()) {
		s.pos++
	}
	if s.pos == start {
		return s.wrong()
	}
	return nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// in says in which field of the event an error was met.
func in(field []byte, err error) error {
	const longest = 40 // a name can be as long as the event
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", field[:min(len(field), longest)], err)
}
