package cloudevents

import (
	"strconv"
	"strings"
)

// longestName is how much of a name that a message brought along is repeated
// in an error.
const longestName = 64

// clip cuts a text that came with the message.
func clip(s string) string {
	if len(s) <= longestName {
		return s
	}
	return s[:longestName] + "..."
}

// noIndex stands for an event that is not in a batch.
const noIndex = -1

// pointer gives the JSON Pointer in its URI fragment form (RFC 6901 section 6)
// of a member, or of the event itself if the member is "".
func pointer(index int, member string) string {
	var b strings.Builder
	b.WriteByte('#')
	if index != noIndex {
		b.WriteByte('/')
		b.WriteString(strconv.Itoa(index))
	}
	if member == "" {
		return b.String()
	}
	b.WriteByte('/')
	member = strings.ReplaceAll(strings.ReplaceAll(clip(member), "~", "~0"), "/", "~1")
	for i := range len(member) {
		if c := member[i]; isUnreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>nibble])
			b.WriteByte(upperHex[c&lowNibble])
		}
	}
	return b.String()
}
