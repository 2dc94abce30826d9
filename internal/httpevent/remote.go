package httpevent

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// unknownAddr is the address of a client that the event does not tell.
const unknownAddr = "0.0.0.0:0"

// remoteAddr gives the client's address in the form of [http.Request], with
// port 0, as the event has none. A load balancer tells it as the last one of
// X-Forwarded-For: those before it are what the client says.
func (f *fields) remoteAddr(source Source, header http.Header) string {
	ip := f.sourceIP
	if source.LoadBalancer() {
		if values := header["X-Forwarded-For"]; len(values) > 0 {
			last := values[len(values)-1]
			ip = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
	}
	if addr, err := netip.ParseAddr(ip); err == nil {
		return net.JoinHostPort(addr.String(), "0")
	}
	if both, err := netip.ParseAddrPort(ip); err == nil { // a load balancer may be told to keep the port
		return both.String()
	}
	return unknownAddr
}

// proto gives the version of HTTP that the client speaks; 1.1 if the event does
// not tell.
func (f *fields) proto() (text string, major, minor int) {
	if major, minor, ok := http.ParseHTTPVersion(f.protocol); ok {
		return f.protocol, major, minor
	}
	return "HTTP/1.1", 1, 1
}
