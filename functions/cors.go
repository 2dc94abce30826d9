package functions

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// AnyOrigin is the origin of [CORS] that stands for all of them.
const AnyOrigin = "*"

// CORS lets pages of other origins call a chain from a browser (WHATWG Fetch,
// CORS protocol). The zero value lets none.
type CORS struct {
	// Origins are scheme://host, with a port that is not the scheme's own, or
	// [AnyOrigin].
	Origins []string `items:"origins" rule:"origin" yaml:"origins,required"`
	// Credentials lets a page send what the browser keeps: cookies, passwords and
	// client certificates. It does not go with [AnyOrigin]. A token that the page
	// itself puts in the header Authorization needs no Credentials.
	Credentials bool `yaml:"credentials"`
	// MaxAge is how long a browser may keep what it was allowed; 0 leaves that to
	// the browser, which keeps it for five seconds.
	MaxAge time.Duration `yaml:"maxAge"`
}

// Allows reports whether pages of an origin may call.
func (c CORS) Allows(origin string) bool {
	return origin != "" && (slices.Contains(c.Origins, origin) || slices.Contains(c.Origins, AnyOrigin))
}

var (
	errAnyWithCredentials = errors.New("credentials do not go with the origin *: any page could call as its visitor; name the origins")
	errNullOrigin         = errors.New("is the origin of every page without one, a file or a sandboxed frame; name origins, or allow *")
	errOrigin             = errors.New("is not an origin: scheme://host in small letters, " +
		"a port only if it is not the scheme's own, nothing behind it")
)

// Validate returns what is invalid about c.
func (c CORS) Validate() error {
	for _, origin := range c.Origins {
		if err := CheckOrigin(origin); err != nil {
			return fmt.Errorf("%q %w", origin, err)
		}
	}
	if c.Credentials && slices.Contains(c.Origins, AnyOrigin) {
		return errAnyWithCredentials
	}
	return nil
}

// CheckOrigin returns why a text is not an origin as browsers send it, or nil.
// [AnyOrigin] is one.
func CheckOrigin(s string) error {
	switch {
	case s == AnyOrigin:
		return nil
	case s == "null":
		return errNullOrigin
	case s != NormalOrigin(s):
		return errOrigin
	}
	return nil
}

// NormalOrigin returns the origin of a URL as browsers send it (RFC 6454 section
// 6.2), "" if it has none.
func NormalOrigin(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme == "" || u.Hostname() == "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(u.Host, "*, \t") {
		return ""
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}
