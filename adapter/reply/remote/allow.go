package remote

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// ErrNotAllowed means that a reply should go to a URL that is not on the
// allow-list of its [Replier].
var ErrNotAllowed = errors.New("replyto is not on the allow-list")

var errURL = errors.New("not an absolute http or https URL without user, query, fragment and dot segments")

// allowList holds URLs without a slash at the end of their paths.
type allowList []target

// target is what of a URL decides where a call goes.
type target struct {
	scheme, host, port string
	path               string // still escaped, as it is sent
}

func newAllowList(entries []string) (allowList, error) {
	list := make(allowList, 0, len(entries))
	for _, entry := range entries {
		t, err := parseTarget(entry)
		if err != nil {
			return nil, fmt.Errorf("allow-list entry %q: %w", entry, err)
		}
		if !validPattern(t.host) {
			return nil, fmt.Errorf("allow-list entry %q: a * stands for a name as in *.example.com or a-*.example.com, "+
				"or ends an address as in 10.42.*", entry)
		}
		t.path = strings.TrimRight(t.path, "/")
		list = append(list, t)
	}
	return list, nil
}

// check returns [ErrNotAllowed] unless the URL is on the list.
func (l allowList) check(raw string) error {
	t, err := parseTarget(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	for _, allowed := range l {
		if allowed.covers(t) {
			return nil
		}
	}
	return fmt.Errorf("%w: scheme %s, host %q, port %s", ErrNotAllowed, t.scheme, t.host, t.port)
}

func parseTarget(raw string) (target, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#") {
		return target{}, errURL
	}
	t := target{scheme: u.Scheme, host: strings.ToLower(u.Hostname()), port: u.Port(), path: u.EscapedPath()}
	switch {
	case t.scheme != "http" && t.scheme != "https", strayPath(u):
		return target{}, errURL
	case t.port == "" && t.scheme == "http":
		t.port = "80"
	case t.port == "":
		t.port = "443"
	}
	return t, nil
}

// strayPath reports whether a server may take the path for another one than it
// seems to be: by dot segments, or by slashes that are escaped or doubled.
func strayPath(u *url.URL) bool {
	escaped := strings.ToLower(u.EscapedPath())
	if strings.Contains(escaped, "%2f") || strings.Contains(escaped, "//") || strings.Contains(u.Path, `\`) {
		return true
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// covers compares whole components, never texts: http://adapter must not
// allow http://adapter.evil.example, nor /requests allow /requests-admin.
func (t target) covers(other target) bool {
	if t.scheme != other.scheme || t.port != other.port || !coversHost(t.host, other.host) {
		return false
	}
	below, ok := strings.CutPrefix(other.path, t.path)
	return ok && (below == "" || below[0] == '/')
}

// coversHost knows the patterns *.example.com, adapter-*.example.com and 10.42.*.
func coversHost(pattern, host string) bool {
	if begin, domain, ok := strings.Cut(pattern, "*."); ok && begin != "" {
		label, below, _ := strings.Cut(host, ".")
		return below == domain && len(label) > len(begin) && strings.HasPrefix(label, begin) && !strings.Contains(label, "*")
	}
	if domain, ok := strings.CutPrefix(pattern, "*"); ok {
		_, err := netip.ParseAddr(host)
		return err != nil && len(host) > len(domain) && strings.HasSuffix(host, domain)
	}
	if octets, ok := strings.CutSuffix(pattern, "*"); ok {
		// Only in front of an address do octets name a network.
		addr, err := netip.ParseAddr(host)
		return err == nil && addr.Is4() && strings.HasPrefix(host, octets)
	}
	return pattern == host && !strings.Contains(host, "*")
}

func validPattern(host string) bool {
	begin, domain, isName := strings.Cut(host, "*.")
	isName = isName && (begin == "" || strings.HasSuffix(begin, "-"))
	octets, isAddress := strings.CutSuffix(host, ".*")
	switch {
	case isName:
		return domain != "" && !strings.Contains(domain, "*") && !strings.Contains(begin, ".")
	case isAddress:
		return validOctets(octets)
	default:
		return !strings.Contains(host, "*")
	}
}

// validOctets reports whether the text is the beginning of an IPv4 address.
func validOctets(octets string) bool {
	const all = 4
	missing := all - 1 - strings.Count(octets, ".")
	if missing <= 0 {
		return false
	}
	addr, err := netip.ParseAddr(octets + strings.Repeat(".0", missing))
	return err == nil && addr.Is4()
}
