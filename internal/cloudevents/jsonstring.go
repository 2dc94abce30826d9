package cloudevents

// appendString writes s, which is valid UTF-8, as a JSON string. Only what
// RFC 8259 section 7 demands is escaped.
func appendString[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, upperHex[c>>nibble], upperHex[c&lowNibble])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
