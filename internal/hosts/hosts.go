// Package hosts keeps a server from answering under names that are not its own: a
// page whose name was made to lead to this machine (DNS rebinding) has the same
// origin as the server, and only its Host shows it.
package hosts

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// Any stands for all hosts.
const Any = "*"

var errHosts = errors.New("must be names without scheme and port, such as shop.test,*.shop.example, or *")

// Parse reads names that commas separate: a host, *.HOST for all below it, or [Any].
func Parse(s string) ([]string, error) {
	var all []string
	for one := range strings.SplitSeq(s, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		name := strings.TrimPrefix(one, "*.")
		_, notIP := netip.ParseAddr(strings.Trim(name, "[]"))
		if one != Any && notIP != nil && strings.ContainsAny(name, "/:*@?# ") {
			meant := ""
			if u, err := url.Parse(one); err == nil && u.Hostname() != "" {
				meant = "; did you mean " + u.Hostname() + "?"
			} else if host, _, err := net.SplitHostPort(one); err == nil && host != "" {
				meant = "; did you mean " + host + "?"
			}
			return nil, fmt.Errorf("%w: %.60q is none%s", errHosts, one, meant)
		}
		all = append(all, normal(one))
	}
	return all, nil
}

// Guard returns a handler that answers under the given names and those of loopback
// alone, and 421 under all others. The health of a process can be asked for under any
// name, as a probe has its address only. Without names, and not on loopback, it is h.
func Guard(names []string, isLoopback bool, h http.Handler) http.Handler {
	if len(names) == 0 && !isLoopback {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Serves(names, r.Host) && !strings.HasPrefix(r.URL.Path, "/health/") {
			problem.Write(w, functions.Errorf(http.StatusMisdirectedRequest,
				"the host %.200q is not served here; HOMING_HOSTS names those that are, beside localhost", r.Host))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Serves reports whether a Host, with or without a port, is one of the names or of
// loopback: localhost, what is below it (RFC 6761 section 6.3), 127.0.0.0/8 or ::1.
func Serves(names []string, host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = normal(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Unmap().IsLoopback() {
		return true
	}
	return Matches(names, host)
}

// Matches reports whether a host is one of the names.
func Matches(names []string, host string) bool {
	host = normal(host)
	for _, name := range names {
		below, wild := strings.CutPrefix(name, "*")
		if name == Any || name == host || wild && below != "" && strings.HasSuffix(host, below) && len(host) > len(below) {
			return true
		}
	}
	return false
}

// normal returns a host in small letters, without brackets and the dot of the root.
func normal(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	return host
}

// IsLoopback reports whether only this machine reaches a listener at an address.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && IsLoopbackName(host)
}

// IsLoopbackName reports whether a host without a port is localhost or an address of
// loopback.
func IsLoopbackName(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
