package basepath

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the addresses of those whose word counts for what stands in front of a
// request. All others may write what they like into its headers.
type Proxies []netip.Prefix

var errProxies = errors.New("must be addresses or ranges of them, such as 10.0.0.0/8,fd00::/8")

// ParseProxies reads addresses and CIDR ranges that commas separate.
func ParseProxies(s string) (Proxies, error) {
	var all Proxies
	for one := range strings.SplitSeq(s, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		p, err := netip.ParsePrefix(one)
		if addr, invalid := netip.ParseAddr(one); invalid == nil && addr.Zone() == "" {
			p, err = addr.Unmap().Prefix(addr.Unmap().BitLen())
		}
		if err != nil || p != p.Masked() {
			return nil, fmt.Errorf("%w: %.60q is none%s", errProxies, one, maskHint(p))
		}
		all = append(all, p)
	}
	return all, nil
}

func maskHint(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return "; did you mean " + p.Masked().String() + "?"
}

func (ps Proxies) trust(a netip.Addr) bool {
	return slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(a) })
}

// hop is what a proxy says of a request that it has got.
type hop struct{ client, host, proto string }

// Resolve returns the request as the client has sent it, by what the trusted proxies
// before it have written, each behind what it has got: RemoteAddr is the nearest
// peer that is not trusted, Host and URL.Scheme what that has called, and the base
// path of the context what was taken from the path. It returns r itself if its peer
// is not trusted. Where Forwarded and X-Forwarded-… differ neither counts, as a proxy
// writes one of them and passes on whatever it got as the other.
func (ps Proxies) Resolve(r *http.Request) *http.Request {
	if len(ps) == 0 {
		return r
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !ps.trust(peer.Addr().Unmap()) {
		return r
	}
	standard, usual := ps.standard(r.Header), ps.usual(r.Header)
	out := *r
	if client := agreed(standard.client, usual.client); client != "" {
		out.RemoteAddr = net.JoinHostPort(client, "0")
	}
	if host := agreed(standard.host, usual.host); isHost(host) {
		out.Host = host
	}
	if proto := strings.ToLower(agreed(standard.proto, usual.proto)); proto == "http" || proto == "https" {
		u := *r.URL
		u.Scheme = proto
		out.URL = &u
	}
	prefix, err := Parse(strings.TrimSuffix(last(r.Header["X-Forwarded-Prefix"]), "/"))
	if prefix == "" || err != nil {
		return &out
	}
	return out.WithContext(With(r.Context(), prefix))
}

func agreed(a, b string) string {
	switch {
	case b == "" || strings.EqualFold(a, b):
		return a
	case a == "":
		return b
	default:
		return ""
	}
}

// usual reads X-Forwarded-For, whose entries end with the peer of the last proxy, and
// of the other headers what that has written.
func (ps Proxies) usual(h http.Header) hop {
	out := hop{host: last(h["X-Forwarded-Host"]), proto: last(h["X-Forwarded-Proto"])}
	for _, entry := range slices.Backward(split(h["X-Forwarded-For"], ',')) {
		addr, ok := address(entry)
		if !ok {
			break
		}
		if out.client = addr.String(); !ps.trust(addr) {
			break
		}
	}
	return out
}

// standard reads Forwarded (RFC 7239 section 4), an element for each proxy. What
// cannot be read ends the reading: it is of nobody who is trusted.
func (ps Proxies) standard(h http.Header) (out hop) {
	for _, element := range slices.Backward(split(h["Forwarded"], ',')) {
		var here hop
		for _, pair := range split([]string{element}, ';') {
			name, value, _ := strings.Cut(pair, "=")
			switch value = unquote(value); strings.ToLower(name) {
			case "for":
				here.client = value
			case "host":
				here.host = value
			case "proto":
				here.proto = value
			}
		}
		addr, ok := address(here.client)
		if !ok {
			return hop{out.client, here.host, here.proto}
		}
		if out = (hop{addr.String(), here.host, here.proto}); !ps.trust(addr) {
			return out
		}
	}
	return out
}

// address reads an address with or without brackets and port.
func address(s string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap(), true
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return addr.Unmap(), err == nil
}

// isHost reports whether a text can be a Host (RFC 9110 section 7.2).
func isHost(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(".-_:[]", c)
	})
}

// last returns the last entry of a list.
func last(lines []string) string {
	all := split(lines, ',')
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// split returns the entries of a list, without cutting quoted strings.
func split(lines []string, separator rune) []string {
	var all []string
	for _, line := range lines {
		quoted := false
		for _, entry := range strings.FieldsFunc(line, func(c rune) bool {
			quoted = quoted != (c == '"')
			return c == separator && !quoted
		}) {
			if entry = strings.TrimSpace(entry); entry != "" {
				all = append(all, entry)
			}
		}
	}
	return all
}

// unquote returns the text of a quoted string; none of ours has an escape.
func unquote(s string) string { return strings.Trim(strings.TrimSpace(s), `"`) }
