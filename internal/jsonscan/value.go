package jsonscan

// unexpected is the error of a byte that cannot be where it is.
func (s *Scanner) unexpected() error {
	if s.pos >= len(s.text) {
		return &Error{ErrEnd, len(s.text)}
	}
	return &Error{ErrSyntax, s.pos}
}

// take reads the byte c, after white space.
func (s *Scanner) take(c byte) error {
	if s.Peek() != c {
		return s.unexpected()
	}
	s.pos++
	return nil
}

func (s *Scanner) skip() error {
	switch c := s.Peek(); {
	case c == '"':
		_, err := s.skipString()
		return err
	case c == '{':
		return s.List('{', '}', s.skipMember)
	case c == '[':
		return s.List('[', ']', s.skip)
	case c == '-' || isDigit(c):
		return s.skipNumber()
	case c == 't':
		return s.skipWord("true")
	case c == 'f':
		return s.skipWord("false")
	case c == 'n':
		return s.skipWord("null")
	default:
		return s.unexpected()
	}
}

func (s *Scanner) skipMember() error {
	if s.Peek() != '"' {
		return s.unexpected()
	}
	if _, err := s.skipString(); err != nil {
		return err
	}
	if err := s.Colon(); err != nil {
		return err
	}
	return s.skip()
}

func (s *Scanner) skipWord(word string) error {
	for i := range len(word) {
		if s.at() != word[i] {
			return s.unexpected()
		}
		s.pos++
	}
	return nil
}

func (s *Scanner) skipNumber() error {
	if s.at() == '-' {
		s.pos++
	}
	if s.at() == '0' {
		s.pos++
	} else if err := s.skipDigits(); err != nil {
		return err
	}
	if s.at() == '.' {
		s.pos++
		if err := s.skipDigits(); err != nil {
			return err
		}
	}
	if c := s.at(); c != 'e' && c != 'E' {
		return nil
	}
	s.pos++
	if c := s.at(); c == '+' || c == '-' {
		s.pos++
	}
	return s.skipDigits()
}

// skipDigits reads one or more digits.
func (s *Scanner) skipDigits() error {
	start := s.pos
	for isDigit(s.at()) {
		s.pos++
	}
	if s.pos == start {
		return s.unexpected()
	}
	return nil
}

// at returns the next byte, white space or not, or 0 at the end.
func (s *Scanner) at() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

// skipString reports whether an escape is in the string.
func (s *Scanner) skipString() (escaped bool, err error) {
	text := s.text
	for i := s.pos + 1; ; i++ {
		i += plain(text[i:])
		s.pos = i
		switch c := s.at(); {
		case c == '"':
			s.pos++
			return escaped, nil
		case c != '\\':
			return false, s.unexpected()
		}
		escaped = true
		i++
		if i < len(text) && isShortEscape(text[i]) {
			continue
		}
		s.pos = i
		if err := s.skipUnicode(); err != nil {
			return false, err
		}
		i = s.pos - 1
	}
}

// plain returns how many bytes stand for themselves in a string.
func plain(text []byte) int {
	for i, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(text)
}

func isShortEscape(c byte) bool {
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	default:
		return false
	}
}

// skipUnicode reads the u of an escape and its four digits.
func (s *Scanner) skipUnicode() error {
	const hexDigits = 4
	if s.at() != 'u' {
		return s.unexpected()
	}
	s.pos++
	for range hexDigits {
		if c := s.at(); !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return s.unexpected()
		}
		s.pos++
	}
	return nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
