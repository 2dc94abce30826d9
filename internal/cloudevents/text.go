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

// checkText tells whether s may be the value of a String attribute.
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
