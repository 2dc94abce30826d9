package cloudevents

import (
	"net/netip"
	"net/url"
	"strings"
)

// parseReference reads a URI-reference. Its String method returns the same
// bytes: where net/url would write it in another way (an upper-case scheme, an
// empty fragment) or does not take it, it is kept whole in Opaque, because
// source and id name an event byte for byte.
func parseReference(s string) (url.URL, error) {
	if isPlainPath(s) {
		return url.URL{Path: s}, nil
	}
	scheme, ok := checkReference(s)
	if !ok {
		return url.URL{}, faultURIReference
	}
	if u, err := url.Parse(s); err == nil && u.String() == s {
		return *u, nil
	}
	if scheme != "" {
		return url.URL{Scheme: scheme, Opaque: s[len(scheme)+1:]}, nil
	}
	return url.URL{Opaque: s}, nil
}

// parseURI reads a URI, that is a reference with a scheme.
func parseURI(s string) (url.URL, error) {
	u, err := parseReference(s)
	if err != nil || u.Scheme == "" {
		return url.URL{}, faultURI
	}
	return u, nil
}

// formatReference returns the text of a URI-reference that is to be written.
func formatReference(u *url.URL) (string, error) {
	if isPlainPath(u.Path) && *u == (url.URL{Path: u.Path}) {
		return u.Path, nil
	}
	s := u.String()
	if _, ok := checkReference(s); !ok {
		return "", faultURIReference
	}
	return s, nil
}

// isPlainPath finds the usual "/path/of/a/source", which needs no parser.
func isPlainPath(s string) bool {
	if s == "" || s[0] != '/' || strings.HasPrefix(s, "//") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '/' && !isUnreserved(c) {
			return false
		}
	}
	return true
}

// checkReference reports whether s is a URI-reference by the grammar of RFC 3986
// appendix A, and returns its scheme. The empty reference is none: no attribute
// may be one.
func checkReference(s string) (scheme string, ok bool) {
	rest := s
	if i := strings.IndexAny(s, ":/?#"); i >= 0 && s[i] == ':' {
		scheme, rest = s[:i], s[i+1:]
		if !isScheme(scheme) {
			return "", false
		}
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if authority, found := strings.CutPrefix(rest, "//"); found {
		end := strings.IndexByte(authority, '/')
		if end < 0 {
			end = len(authority)
		}
		authority, rest = authority[:end], authority[end:]
		if !isAuthority(authority) {
			return "", false
		}
	}
	return scheme, s != "" && isMadeOf(rest, ":@/") && isMadeOf(query, ":@/?") && isMadeOf(fragment, ":@/?")
}

func isScheme(s string) bool {
	if s == "" || !isLetter(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// isAuthority checks [ userinfo "@" ] host [ ":" port ] of section 3.2.
func isAuthority(s string) bool {
	userinfo, hostport, found := strings.Cut(s, "@")
	if !found {
		userinfo, hostport = "", s
	}
	if !isMadeOf(userinfo, ":") {
		return false
	}
	host, port := hostport, ""
	if i := strings.LastIndexByte(hostport, ':'); i > strings.LastIndexByte(hostport, ']') {
		host, port = hostport[:i], hostport[i+1:]
	}
	for i := range len(port) {
		if !isDigit(port[i]) {
			return false
		}
	}
	if literal, ok := strings.CutPrefix(host, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		return ok && isIPLiteral(literal)
	}
	return isMadeOf(host, "")
}

// isIPLiteral checks IPv6address or IPvFuture of section 3.2.2.
func isIPLiteral(s string) bool {
	if version, rest, ok := strings.Cut(s, "."); ok && hasPrefixFold(version, "v") && len(version) > 1 {
		for i := 1; i < len(version); i++ {
			if !isHex(version[i]) {
				return false
			}
		}
		return rest != "" && !strings.Contains(rest, "%") && isMadeOf(rest, ":")
	}
	address, err := netip.ParseAddr(s)
	return err == nil && address.Is6() && address.Zone() == ""
}

// isMadeOf reports whether s consists of unreserved, sub-delims and
// percent-encoded characters and the ones given.
func isMadeOf(s, others string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isUnreserved(c), strings.IndexByte("!$&'()*+,;=", c) >= 0, strings.IndexByte(others, c) >= 0:
		case c == '%' && i+escapeLength <= len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += escapeLength - 1
		default:
			return false
		}
	}
	return true
}

func isUnreserved(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~'
}
