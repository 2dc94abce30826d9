package cloudevents

import "unicode/utf8"

// Bounds of the code points that a String attribute must not contain
// (CloudEvents section "Type System").
const (
	lastASCIIPrintable = 0x7e
	lastC1Control      = 0x9f
	firstNonCharacter  = 0xfdd0
	lastNonCharacter   = 0xfdef
	planeEnd           = 0xfffe // the last two code points of every plane
)

// checkText reports whether s may be the value of a String attribute.
func checkText(s string) error {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > lastASCIIPrintable {
			return checkRunes(s[i:])
		}
	}
	return nil
}

func checkRunes(s string) error {
	for i, r := range s {
		switch {
		case r < ' ', r > lastASCIIPrintable && r <= lastC1Control:
			return faultControl
		case r >= firstNonCharacter && r <= lastNonCharacter, r&planeEnd == planeEnd:
			return faultNonCharacter
		case r == utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return faultUTF8
			}
		}
	}
	return nil
}

// The functions below fold the case of ASCII letters alone. Those of
// package strings also fold U+017F and U+212A onto s and k, which would let
// other names pass for ours.

const caseBit = 'a' - 'A'

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + caseBit
	}
	return c
}

// equalFold compares without regard to case.
func equalFold(a, b string) bool {
	return len(a) == len(b) && hasPrefixFold(a, b)
}

func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lowerByte(s[i]) != lowerByte(prefix[i]) {
			return false
		}
	}
	return true
}

// cutPrefixFold returns what follows the prefix, or "" and false.
func cutPrefixFold(s, prefix string) (string, bool) {
	if !hasPrefixFold(s, prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// nameBuffer holds every attribute name that follows the advice of at most 20
// characters without a trip to the heap.
const nameBuffer = 32

// lower returns an attribute name in lower case.
func lower(s string) string {
	var buf [nameBuffer]byte
	b := buf[:0]
	for i := range len(s) {
		b = append(b, lowerByte(s[i]))
	}
	return intern(b)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { c |= caseBit; return c >= 'a' && c <= 'z' }

func isHex(c byte) bool { return isDigit(c) || c|caseBit >= 'a' && c|caseBit <= 'f' }
