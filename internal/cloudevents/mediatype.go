package cloudevents

import "strings"

// cutMediaType splits a Content-Type into "type/subtype", as it was written,
// and the parameters after the first semicolon.
func cutMediaType(s string) (essence, params string) {
	essence, params, _ = strings.Cut(s, ";")
	return trimOWS(essence), params
}

func trimOWS(s string) string { return strings.Trim(s, " \t") }

// checkMediaType reports whether s is a media type: type "/" subtype and
// parameters (RFC 2046 section 1, in the syntax of RFC 9110 section 8.3.1,
// where a parameter may be empty).
func checkMediaType(s string) error {
	essence, params := cutMediaType(s)
	mainType, subtype, ok := strings.Cut(essence, "/")
	if !ok || !isToken(mainType) || !isToken(subtype) {
		return faultMediaType
	}
	for params != "" {
		_, _, rest, ok := cutParam(params)
		if !ok {
			return faultMediaType
		}
		params = rest
	}
	return nil
}

// cutParam takes the first parameter off a list that begins after a
// semicolon. Name and value are empty for an empty parameter; a quoted value
// is returned unquoted.
func cutParam(params string) (name, value, rest string, ok bool) {
	params = strings.TrimLeft(params, " \t")
	if params == "" {
		return "", "", "", true
	}
	if params[0] == ';' {
		return "", "", params[1:], true
	}
	name, rest, ok = strings.Cut(params, "=")
	if !ok || !isToken(name) {
		return "", "", "", false
	}
	value, rest, ok = cutParamValue(rest)
	if !ok {
		return "", "", "", false
	}
	rest = strings.TrimLeft(rest, " \t")
	switch {
	case rest == "":
		return name, value, "", true
	case rest[0] == ';':
		return name, value, rest[1:], true
	default:
		return "", "", "", false
	}
}

func cutParamValue(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		end := strings.IndexAny(s, "; \t")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], isToken(s[:end])
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s):
			i++
			c = s[i]
			fallthrough
		default:
			if c != '\t' && (c < ' ' || c > lastASCIIPrintable) {
				return "", "", false
			}
			b.WriteByte(c)
		}
	}
	return "", "", false
}

// isToken reports whether s is a token of RFC 9110 section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// charset returns the charset parameter of a valid media type, or "".
func charset(params string) string {
	for params != "" {
		name, value, rest, ok := cutParam(params)
		if !ok {
			return ""
		}
		if equalFold(name, "charset") {
			return value
		}
		params = rest
	}
	return ""
}

// isUTF8 reports whether a charset is UTF-8 or a part of it; none is taken to be.
func isUTF8(name string) bool {
	return name == "" || equalFold(name, "utf-8") || equalFold(name, "us-ascii")
}

// isJSON reports whether a media type declares JSON-formatted data: its subtype
// is json or ends with +json (JSON format section 3.1.1). No media type is
// taken for application/json.
func isJSON(mediaType string) bool {
	if mediaType == "" {
		return true
	}
	return hasSubtype(mediaType, "json")
}

// isText reports whether data of a media type reads well as a JSON string: text
// and XML, in UTF-8.
func isText(mediaType string) bool {
	_, params := cutMediaType(mediaType)
	return (hasPrefixFold(mediaType, "text/") || hasSubtype(mediaType, "xml")) && isUTF8(charset(params))
}

func hasSubtype(mediaType, name string) bool {
	essence, _ := cutMediaType(mediaType)
	_, subtype, _ := strings.Cut(essence, "/")
	if equalFold(subtype, name) {
		return true
	}
	before := len(subtype) - len(name) - 1
	return before > 0 && subtype[before] == '+' && equalFold(subtype[before+1:], name)
}
