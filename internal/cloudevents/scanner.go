package cloudevents

// scanner walks over a JSON text (RFC 8259) that is valid UTF-8. Its methods
// stand on the byte after the white space before what they read, and leave it
// after what they have read; on an error pos is where it was found.
type scanner struct {
	text  []byte
	pos   int
	depth int // how many more arrays and objects may be opened
}

// peek gives the next byte, or 0 at the end; a text cannot contain a 0.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// wrong is the fault of a byte that cannot be where it is.
func (s *scanner) wrong() error {
	if s.pos >= len(s.text) {
		return faultEnd
	}
	return faultSyntax
}

// take reads one given byte.
func (s *scanner) take(c byte) error {
	if s.pos >= len(s.text) || s.text[s.pos] != c {
		return s.wrong()
	}
	s.pos++
	return nil
}

// list reads an array or object: item is called on every element or member.
func (s *scanner) list(opening, closing byte, item func() error) error {
	if err := s.take(opening); err != nil {
		return err
	}
	if s.depth == 0 {
		return faultDepth
	}
	s.depth--
	s.space()
	if s.peek() == closing {
		s.pos++
		s.depth++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		s.space()
		if s.peek() != ',' {
			break
		}
		s.pos++
		s.space()
	}
	s.depth++
	return s.take(closing)
}

// value reads any value and gives its bytes.
func (s *scanner) value() ([]byte, error) {
	start := s.pos
	err := s.skip()
	return s.text[start:s.pos], err
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
	if _, _, err := s.rawString(); err != nil {
		return err
	}
	if err := s.colon(); err != nil {
		return err
	}
	return s.skip()
}

// colon reads what is between the name and the value of a member.
func (s *scanner) colon() error {
	s.space()
	if err := s.take(':'); err != nil {
		return err
	}
	s.space()
	return nil
}

func (s *scanner) word(word string) error {
	for i := range len(word) {
		if err := s.take(word[i]); err != nil {
			return err
		}
	}
	return nil
}

// number reads a number and tells whether it has neither fraction nor exponent.
func (s *scanner) number() (integer bool, err error) {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if err = s.digits(); err != nil {
		return false, err
	}
	integer = true
	if s.peek() == '.' {
		integer = false
		s.pos++
		if err = s.digits(); err != nil {
			return false, err
		}
	}
	if s.peek()|caseBit == 'e' {
		integer = false
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		err = s.digits()
	}
	return integer, err
}

// digits reads one or more digits.
func (s *scanner) digits() error {
	start := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	if s.pos == start {
		return s.wrong()
	}
	return nil
}
