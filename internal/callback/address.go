package callback

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// notPublic are the networks within the unicast ranges of IPv4 and of IPv6 (2000::/3)
// that are not on the public internet, or lead to an address that is hidden in theirs:
// what IANA's registries of special-purpose addresses do not list as globally reachable
// (RFC 6890), and one that a cloud has in each of its machines.
func notPublic() []netip.Prefix {
	texts := [...]string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
		"168.63.129.16/32",                                             // the agent of Azure's hosts
		"2001::/23",                                                    // Teredo (RFC 4380), benchmarks, ORCHID
		"2001:db8::/32", "3fff::/20", "2002::/16", "2620:4f:8000::/48", // documentation, 6to4 (RFC 3056), AS112
	}
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// isPublic reports whether an address, unmapped, is on the public internet.
func isPublic(addr netip.Addr) bool {
	if netip.MustParsePrefix("64:ff9b::/96").Contains(addr) { // NAT64 (RFC 6052): the address behind is what counts
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	if addr.Is6() && !netip.MustParsePrefix("2000::/3").Contains(addr) {
		return false
	}
	return addr.IsValid() && !slices.ContainsFunc(notPublic(), func(n netip.Prefix) bool { return n.Contains(addr) })
}

const dialTimeout = 5 * time.Second

// dialer connects to targets.
type dialer struct {
	allowed  Allowed
	resolver *net.Resolver
}

// dial connects to an address as http.Transport has it. All addresses of a name must be
// permitted; and as the name is looked up once more for the connection, and may lead
// elsewhere by then, the one that is taken is checked again.
func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	addrs, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for _, addr := range addrs {
		if err := d.check(host, addr); err != nil {
			return nil, err
		}
	}
	check := func(_, connected string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(connected)
		if err != nil {
			return err
		}
		return d.check(host, at.Addr())
	}
	return (&net.Dialer{Resolver: d.resolver, Control: check}).DialContext(ctx, network, address)
}

func (d dialer) check(host string, addr netip.Addr) error {
	if d.allowed.permits(host, addr) {
		return nil
	}
	return fmt.Errorf("%w: %s leads to %s, which is not on the public internet and in no network of HOMING_CALLBACKS", ErrRefused, host, addr)
}
