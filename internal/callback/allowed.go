package callback

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/hosts"
	"github.com/homing-dev/homing/internal/nearest"
)

// Header is the header of a call that names where its reply is to be delivered.
const Header = "Homing-Callback"

// Allowed are the targets that may be called (HOMING_CALLBACKS). The zero value
// allows none.
type Allowed struct {
	origins  []origin
	networks []netip.Prefix
}

var (
	errEntry = errors.New("must be hosts such as hooks.example.com,*.shop.example,http://localhost:9000, and networks such as 10.0.0.0/8")
	errAll   = errors.New("must name the hosts: with all of them any caller could make this process call anybody")
)

// ParseAllowed reads a list of targets that commas separate:
//
//   - hooks.example.com, that host by https and on port 443;
//   - *.example.com, every host below it;
//   - http://hooks.example.com:8080, another scheme or port of one;
//   - 10.0.0.0/8 or 10.1.2.3, to which the names above may lead although they are not on
//     the public internet. A URL may have such an address for its host, too.
//
// A name of this machine (localhost) and an address with a scheme may lead there.
func ParseAllowed(s string) (Allowed, error) {
	var a Allowed
	for entry := range strings.SplitSeq(s, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		var err error
		if a, err = a.with(entry); err != nil {
			return Allowed{}, fmt.Errorf("%w: %.100q %w", errEntry, entry, err)
		}
	}
	return a, nil
}

// with returns a with an entry.
func (a Allowed) with(entry string) (Allowed, error) {
	address, _, isNetwork := strings.Cut(entry, "/")
	addr, err := netip.ParseAddr(address)
	if err != nil {
		o, err := parseEntry(entry)
		a.origins = append(a.origins, o)
		return a, err
	}
	n := netip.PrefixFrom(addr, addr.BitLen())
	if isNetwork {
		n, _ = netip.ParsePrefix(entry)
	}
	const mapped = 96 // bits in front of an IPv4 address in IPv6
	if n.Addr().Is4In6() && n.Bits() >= mapped {
		n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-mapped)
	}
	switch {
	case !n.IsValid():
		return a, errors.New("is no network: write ADDRESS/BITS")
	case n.Bits() == 0:
		return a, errAll
	case n != n.Masked():
		return a, fmt.Errorf("has bits beside its network; did you mean %s?", n.Masked())
	}
	a.networks = append(a.networks, n)
	return a, nil
}

// parseEntry reads a host with or without scheme and port.
func parseEntry(entry string) (origin, error) {
	text := entry
	if scheme, rest, _ := strings.Cut(entry, ":"); !strings.Contains(entry, "://") {
		if scheme == "http" || scheme == "https" {
			return origin{}, fmt.Errorf("has no host; did you mean %s://%s?", scheme, strings.TrimLeft(rest, "/"))
		}
		text = "https://" + entry
	}
	u, err := url.Parse(text)
	if err != nil {
		return origin{}, errors.New("is no host")
	}
	name, wild := strings.CutPrefix(u.Hostname(), "*.")
	o, err := originOf(u.Scheme, name, u.Port())
	_, isAddress := netip.ParseAddr(o.host)
	switch {
	case u.Hostname() == hosts.Any:
		return origin{}, errAll
	case errors.Is(err, errScheme):
		return origin{}, fmt.Errorf("%w%s", err, nearest.DidYouMean(u.Scheme, []string{"https", "http"}))
	case err != nil:
		return origin{}, err
	case u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || strings.ContainsAny(entry, "?#"):
		return origin{}, fmt.Errorf("has more than scheme, host and port; did you mean %s?", u.Host)
	case wild && (isAddress == nil || !strings.Contains(name, ".")):
		return origin{}, errors.New("stands for too much: a * needs a domain of two labels or more behind it")
	case wild && o.scheme != "https":
		return origin{}, errors.New("is not by https: with http every host has to be named")
	case wild:
		o.host = "*." + o.host
	}
	return o, nil
}

// Any reports whether there is a target that may be called.
func (a Allowed) Any() bool { return len(a.origins)+len(a.networks) > 0 }

// Check returns a *functions.Error that names the header Homing-Callback if a URL may
// not be called: with status 400 if it is malformed, 403 if it is not on the list. It
// judges by the text alone, without DNS.
func (a Allowed) Check(raw string) error {
	_, err := a.target(raw)
	return err
}

// maxURL is how long a URL may be, in bytes.
const maxURL = 2 << 10

var errURL = errors.New("must be an absolute https URL without user and fragment, with all but letters, digits and marks of URLs escaped")

// target returns a URL that may be called, with its host in the form that is compared and
// dialled.
func (a Allowed) target(raw string) (*url.URL, error) {
	malformed := func(err error) error {
		return functions.Errorf(http.StatusBadRequest, "header %s %w", Header, err)
	}
	if len(raw) > maxURL {
		return nil, malformed(fmt.Errorf("is longer than %d bytes", maxURL))
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Host == "" || strings.ContainsFunc(raw, notInURL) {
		return nil, malformed(errURL)
	}
	o, err := originOf(u.Scheme, u.Hostname(), u.Port())
	if err != nil {
		return nil, malformed(fmt.Errorf("names a target that %w", err))
	}
	if !a.has(o) {
		return nil, functions.Errorf(http.StatusForbidden,
			"header %s: %s may not be called; HOMING_CALLBACKS lists the targets that may", Header, o)
	}
	u.Host = o.hostPort()
	return u, nil
}

// notInURL reports whether a character has to be escaped in a URL, or begins a fragment.
func notInURL(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"#<>\\^`{|}", r) }

// has reports whether an origin is on the list. An address of a network is there as an
// https one.
func (a Allowed) has(o origin) bool {
	if slices.ContainsFunc(a.origins, func(one origin) bool { return one.covers(o) }) {
		return true
	}
	addr, err := netip.ParseAddr(o.host)
	return err == nil && o.scheme == "https" && o.port == portOf("https") && a.inNetwork(addr)
}

func (a Allowed) inNetwork(addr netip.Addr) bool {
	return slices.ContainsFunc(a.networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// permits reports whether the connection to a host may go to an address: to one of the
// public internet, of a network on the list, or of what the list has by itself.
func (a Allowed) permits(host string, addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if isPublic(addr) || a.inNetwork(addr) {
		return true
	}
	local := addr.IsLoopback() && (host == "localhost" || strings.HasSuffix(host, ".localhost"))
	return (local || addr.String() == host) && slices.ContainsFunc(a.origins, func(o origin) bool { return o.host == host })
}

// origin is what of a URL decides whom it reaches, in the form that is compared.
type origin struct{ scheme, host, port string }

var (
	errScheme = errors.New("is neither http nor https")
	errPort   = errors.New("has a port that is none")
	errZone   = errors.New("has an address with a zone")
	errHost   = errors.New("has a host that is none: write a name of letters, digits and dashes (others in Punycode, xn--…) or an address")
	errNumber = errors.New("has a number for its host: write an address in its usual form, such as 192.0.2.1")
)

func originOf(scheme, host, port string) (o origin, err error) {
	o.scheme = strings.ToLower(scheme)
	if o.port = portOf(o.scheme); o.port == "" {
		return o, errScheme
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return o, errPort
		}
		o.port = strconv.FormatUint(n, 10)
	}
	o.host, err = canonicalHost(host)
	return o, err
}

// portOf returns the port of a scheme, "" for one that is not known.
func portOf(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

// wordCharacters are those of names and ids.
const wordCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// canonicalHost returns a host in small letters and without the dot of the root, and an
// address as Go writes it. What some resolvers take for an address, and others do not,
// is none.
func canonicalHost(host string) (string, error) {
	host = strings.TrimSuffix(host, ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return "", errZone
		}
		return addr.Unmap().String(), nil
	}
	const longestName, longestLabel = 253, 63
	if len(host) > longestName {
		return "", errHost
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > longestLabel || strings.Trim(label, wordCharacters) != "" {
			return "", errHost
		}
		last = strings.ToLower(label)
	}
	hex, isHex := strings.CutPrefix(last, "0x")
	if strings.Trim(last, "0123456789") == "" || isHex && strings.Trim(hex, "0123456789abcdef") == "" {
		return "", errNumber
	}
	return strings.ToLower(host), nil
}

// covers reports whether an entry of the list means another origin.
func (o origin) covers(other origin) bool {
	return o.scheme == other.scheme && o.port == other.port && hosts.Matches([]string{o.host}, other.host)
}

// hostPort returns the host, with its port unless that is the scheme's own.
func (o origin) hostPort() string {
	host := o.host
	if o.port != portOf(o.scheme) {
		return net.JoinHostPort(host, o.port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// String implements fmt.Stringer.
func (o origin) String() string { return o.scheme + "://" + o.hostPort() }
