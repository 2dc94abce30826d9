package basepath_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/basepath"
)

const (
	proxy  = "10.0.0.1:4711"
	client = "198.51.100.7"
)

func TestTheWordOfTrustedProxiesAloneCounts(t *testing.T) {
	t.Parallel()
	proxies, err := basepath.ParseProxies("10.0.0.0/8, 192.0.2.1,fd00::/8,")
	if err != nil {
		t.Fatal(err)
	}
	type seen struct{ client, host, scheme, base string }
	behind := seen{client: client + ":0", host: "adapter:8080"}
	for name, tt := range map[string]struct {
		peer    string
		headers []string
		want    seen
	}{
		"nobody": {proxy, nil, seen{proxy, "adapter:8080", "", ""}},
		"all of them": {proxy, []string{
			"X-Forwarded-For", client, "X-Forwarded-Host", "shop.example", "X-Forwarded-Proto", "https", "X-Forwarded-Prefix", "/shop",
		}, seen{client + ":0", "shop.example", "https", "/shop"}},
		"forged": {client + ":99", []string{
			"X-Forwarded-For", "203.0.113.1", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "X-Forwarded-Prefix", "/evil",
			"Forwarded", "for=203.0.113.1;host=evil.example;proto=https",
		}, seen{client + ":99", "adapter:8080", "", ""}},
		"forged before the proxy": {proxy, []string{
			"X-Forwarded-For", "203.0.113.1, " + client, "X-Forwarded-Host", "evil.example, shop.example", "X-Forwarded-Proto", "http,https",
			"X-Forwarded-Prefix", "/evil", "X-Forwarded-Prefix", "/shop/",
		}, seen{client + ":0", "shop.example", "https", "/shop"}},
		"several proxies":         {proxy, []string{"X-Forwarded-For", "203.0.113.1," + client + ", 192.0.2.1", "X-Forwarded-For", "10.9.9.9"}, behind},
		"proxies alone":           {proxy, []string{"X-Forwarded-For", "10.1.1.1, 10.2.2.2"}, seen{"10.1.1.1:0", "adapter:8080", "", ""}},
		"with a port":             {proxy, []string{"X-Forwarded-For", client + ":4711"}, behind},
		"what is no address":      {proxy, []string{"X-Forwarded-For", client + ", unknown"}, seen{proxy, "adapter:8080", "", ""}},
		"mapped peer":             {"[::ffff:10.0.0.1]:80", []string{"X-Forwarded-For", client}, behind},
		"peer of version 6":       {"[fd00::1]:80", []string{"X-Forwarded-For", "2001:db8::1"}, seen{"[2001:db8::1]:0", "adapter:8080", "", ""}},
		"peer without an address": {"@", []string{"X-Forwarded-For", client}, seen{"@", "adapter:8080", "", ""}},
		"invalid values": {proxy, []string{
			"X-Forwarded-Host", "a b", "X-Forwarded-Proto", "javascript", "X-Forwarded-Prefix", "//evil.example",
		}, seen{proxy, "adapter:8080", "", ""}},
		"prefix of dots":    {proxy, []string{"X-Forwarded-Prefix", "/a/../b"}, seen{proxy, "adapter:8080", "", ""}},
		"prefix of nothing": {proxy, []string{"X-Forwarded-Prefix", "/"}, seen{proxy, "adapter:8080", "", ""}},
		"standard": {proxy, []string{
			"Forwarded", `For="203.0.113.1";host=evil.example, for=` + client + `;Host="shop.example:8443";proto=HTTPS;by=10.0.0.1`,
		}, seen{client + ":0", "shop.example:8443", "https", ""}},
		"standard of several": {proxy, []string{
			"Forwarded", "for=" + client + ";host=shop.example", "Forwarded", `for="10.0.0.9:80";host=inner.example`,
		}, seen{client + ":0", "shop.example", "", ""}},
		"standard of version 6": {proxy, []string{"Forwarded", `for="[2001:db8::1]:4711"`}, seen{"[2001:db8::1]:0", "adapter:8080", "", ""}},
		"standard and hidden":   {proxy, []string{"Forwarded", "for=203.0.113.1, for=_hidden;host=shop.example"}, seen{proxy, "shop.example", "", ""}},
		"quoted separators":     {proxy, []string{"Forwarded", `for=203.0.113.1;x="a,for=1.1.1.1;b", for=` + client}, behind},
		"both, one mind":        {proxy, []string{"Forwarded", "for=" + client + ";proto=https", "X-Forwarded-For", client}, seen{client + ":0", "adapter:8080", "https", ""}},
		"both, and one is passed on": {proxy, []string{
			"Forwarded", "for=203.0.113.1;host=evil.example;proto=http", "X-Forwarded-For", client, "X-Forwarded-Host", "shop.example", "X-Forwarded-Proto", "https",
		}, seen{proxy, "adapter:8080", "", ""}},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://adapter:8080/x?y", nil)
		r.URL.Scheme, r.RemoteAddr = "", tt.peer
		for i := 0; i < len(tt.headers); i += 2 {
			r.Header.Add(tt.headers[i], tt.headers[i+1])
		}
		out := proxies.Resolve(r)
		if got := (seen{out.RemoteAddr, out.Host, out.URL.Scheme, basepath.Of(out.Context())}); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
		if r.RemoteAddr != tt.peer || r.Host != "adapter:8080" || r.URL.Scheme != "" {
			t.Errorf("%s: the request was changed", name)
		}
		if trustless := basepath.Proxies(nil).Resolve(r); trustless != r {
			t.Errorf("%s: without proxies it is another request", name)
		}
	}
}

func TestWhatIsNoAddressOfAProxyIsRefused(t *testing.T) {
	t.Parallel()
	for text, meant := range map[string]string{
		"10.0.0.1/8": "did you mean 10.0.0.0/8?", "proxy.example": "", "10.0.0.0/33": "", "*": "", "10.0.0.0/8,x": "", "fe80::1%eth0": "",
	} {
		if p, err := basepath.ParseProxies(text); err == nil || p != nil || !strings.Contains(err.Error(), meant) {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("for=1.2.3.4;host=a, for=10.0.0.1", "1.2.3.4, 10.0.0.1", "a", "/b")
	proxies, err := basepath.ParseProxies("10.0.0.0/8")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, standard, usual, host, prefix string) {
		r := httptest.NewRequest(http.MethodGet, "http://adapter/x", nil)
		r.RemoteAddr = proxy
		r.Header = http.Header{"Forwarded": {standard}, "X-Forwarded-For": {usual}, "X-Forwarded-Host": {host}, "X-Forwarded-Prefix": {prefix}}
		out := proxies.Resolve(r)
		if _, err := basepath.Parse(basepath.Of(out.Context())); err != nil || strings.ContainsAny(out.Host, "/@ \r\n") {
			t.Errorf("host %q below %q", out.Host, basepath.Of(out.Context()))
		}
	})
}
