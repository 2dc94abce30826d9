package callback

import (
	"net/netip"
	"testing"
)

func TestOnlyAddressesOfThePublicInternetAreReachedByNames(t *testing.T) {
	t.Parallel()
	a, err := ParseAllowed("hooks.example.com,http://localhost:9000,http://10.1.2.3,172.16.0.0/12,app.localhost,*.localhost.test")
	if err != nil {
		t.Fatal(err)
	}
	const name = "hooks.example.com"
	for _, tt := range []struct {
		host, addr string
		want       bool
	}{
		{name, "93.184.215.14", true},
		{name, "1.1.1.1", true},
		{name, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", true},
		{name, "::ffff:93.184.215.14", true},
		{name, "64:ff9b::5db8:d70e", true},
		{name, "127.0.0.1", false},
		{name, "127.255.0.1", false},
		{name, "0.0.0.0", false},
		{name, "0.1.2.3", false},
		{name, "10.0.0.1", false},
		{name, "172.15.255.255", true},
		{name, "172.16.0.1", true},
		{name, "172.32.0.0", true},
		{name, "192.168.1.1", false},
		{name, "169.254.169.254", false},
		{name, "100.64.0.1", false},
		{name, "100.127.255.255", false},
		{name, "100.128.0.0", true},
		{name, "192.0.0.192", false},
		{name, "192.0.2.1", false},
		{name, "198.18.0.1", false},
		{name, "198.19.255.255", false},
		{name, "198.51.100.1", false},
		{name, "203.0.113.1", false},
		{name, "192.88.99.1", false},
		{name, "168.63.129.16", false},
		{name, "224.0.0.1", false},
		{name, "239.255.255.255", false},
		{name, "240.0.0.1", false},
		{name, "255.255.255.255", false},
		{name, "::", false},
		{name, "::1", false},
		{name, "::ffff:127.0.0.1", false},
		{name, "::ffff:10.0.0.1", false},
		{name, "::127.0.0.1", false},
		{name, "::ffff:172.16.0.1", true},
		{name, "::ffff:0:10.0.0.1", false},
		{name, "64:ff9b::7f00:1", false},
		{name, "64:ff9b::a9fe:a9fe", false},
		{name, "64:ff9b::a00:1", false},
		{name, "64:ff9b:1::5db8:d70e", false},
		{name, "2002:7f00:1::", false},
		{name, "2002:5db8:d70e::1", false},
		{name, "2001:0:5ef5:79fd:0:fb:f5ff:fffe", false},
		{name, "2001:2::1", false},
		{name, "2001:db8::1", false},
		{name, "3fff::1", false},
		{name, "fc00::1", false},
		{name, "fd00:ec2::254", false},
		{name, "fe80::1", false},
		{name, "fe80::1%eth0", false},
		{name, "fec0::1", false},
		{name, "ff02::1", false},
		{name, "4000::1", false},
		{name, "100::1", false},
		{name, "5f00::1", false},
		{"localhost", "127.0.0.1", true},
		{"localhost", "127.0.0.2", true},
		{"localhost", "::1", true},
		{"localhost", "192.168.1.1", false},
		{"app.localhost", "127.0.0.1", true},
		{"other.localhost", "127.0.0.1", false},
		{"a.localhost.test", "127.0.0.1", false},
		{"10.1.2.3", "10.1.2.3", true},
		{"10.1.2.3", "10.1.2.4", false},
		{name, "10.1.2.3", false},
	} {
		if got := a.permits(tt.host, netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("%s at %s: %v", tt.host, tt.addr, got)
		}
	}
	if (Allowed{}).permits("localhost", netip.MustParseAddr("127.0.0.1")) || a.permits(name, netip.Addr{}) {
		t.Error("permitted without a list or an address")
	}
}
