package cloudevents

// The functions of this file fold the case of ASCII letters alone. Those of
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

// cutPrefixFold gives what follows the prefix, or "" and false.
func cutPrefixFold(s, prefix string) (string, bool) {
	if !hasPrefixFold(s, prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// nameBuffer holds every attribute name that follows the advice of at most 20
// characters without a trip to the heap.
const nameBuffer = 32

// lower gives an attribute name in lower case.
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

// hexValue gives the value of a hexadecimal digit, or -1.
func hexValue(c byte) int {
	const ten = 10
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + ten
	case c >= 'A' && c <= 'F':
		return int(c-'A') + ten
	default:
		return -1
	}
}
