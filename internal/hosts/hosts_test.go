package hosts_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/hosts"
)

func TestLoopbackIsServedUnderAllItsNamesAndNoOther(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8080": true, "LOCALHOST.": true, "LocalHost.:1": true, "app.localhost": true, "app.localhost.:80": true,
		"127.0.0.1": true, "127.0.0.1:8080": true, "127.255.255.254": true, "127.0.0.1.": true, "[::1]": true, "[::1]:8080": true, "::1": true,
		"[::ffff:127.0.0.1]:80": true, "[0:0:0:0:0:0:0:1]": true,
		"": false, "evil.example": false, "evil.example:8080": false, "localhost.evil.example": false, "notlocalhost": false, ".localhost.": true,
		"127.0.0.1.evil.example": false, "0.0.0.0": false, "0.0.0.0:8080": false, "[::]:80": false, "10.0.0.1": false, "169.254.169.254": false,
		"128.0.0.1": false, "[fe80::1]": false, "localhost:80:80": false, "localhost@evil.example": false, "2130706433": false, "127.1": false,
	} {
		if hosts.Serves(nil, host) != want {
			t.Errorf("%q is served: %v", host, !want)
		}
	}
}

func TestNamesAreServedBesideLoopback(t *testing.T) {
	t.Parallel()
	names, err := hosts.Parse(" Shop.Example. ,*.shop.test,10.0.0.1,[fd00::1],fd00::2")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"shop.example": true, "SHOP.example.:443": true, "a.shop.example": false, "a.shop.test": true, "a.b.shop.test:1": true,
		"shop.test": false, "ashop.test": false, ".shop.test": false, "10.0.0.1:80": true, "10.0.0.2": false, "[fd00::1]:80": true, "[fd00::2]": true,
		"localhost": true, "evil.example": false,
	} {
		if hosts.Serves(names, host) != want {
			t.Errorf("%q is served: %v", host, !want)
		}
	}
	if !hosts.Serves([]string{hosts.Any}, "evil.example") {
		t.Error("* is not everything")
	}
}

func TestWhatIsNoHostIsRefusedWithWhatWasMeant(t *testing.T) {
	t.Parallel()
	for text, meant := range map[string]string{
		"https://shop.example": "shop.example", "https://shop.example:8443/x": "shop.example", "shop.example:80": "shop.example", "*.": "",
		"a b": "", "*.*.x": "", "[::1]:80": "::1", "a/b": "",
	} {
		names, err := hosts.Parse(text)
		if text == "*." && err == nil {
			continue
		}
		if err == nil || names != nil || strings.Contains(err.Error(), "did you mean") != (meant != "") || !strings.Contains(err.Error(), meant) {
			t.Errorf("%q: %v, %v", text, names, err)
		}
	}
	if names, err := hosts.Parse(",,"); err != nil || names != nil {
		t.Errorf("nothing: %v, %v", names, err)
	}
	if names, err := hosts.Parse("A.b,*"); err != nil || !slices.Equal(names, []string{"a.b", "*"}) {
		t.Errorf("%v, %v", names, err)
	}
}

func TestOnlyAListenerOnLoopbackOrWithNamesIsGuarded(t *testing.T) {
	t.Parallel()
	served := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for name, tt := range map[string]struct {
		names      []string
		isLoopback bool
		host, path string
		status     int
	}{
		"loopback":               {nil, true, "localhost:1", "/", 200},
		"foreign on loopback":    {nil, true, "evil.example", "/", 421},
		"named on loopback":      {[]string{"evil.example"}, true, "evil.example", "/", 200},
		"open":                   {nil, false, "evil.example", "/", 200},
		"named":                  {[]string{"a.example"}, false, "evil.example", "/", 421},
		"probe of a named one":   {[]string{"a.example"}, false, "10.0.0.7:8080", "/health/liveness", 200},
		"what looks like health": {nil, true, "evil.example", "/healthy", 421},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://"+tt.host+tt.path, nil)
		w := httptest.NewRecorder()
		hosts.Guard(tt.names, tt.isLoopback, served).ServeHTTP(w, r)
		if w.Code != tt.status || tt.status == 421 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "localhost:80": true, ":80": false, "[::]:80": false, "0.0.0.0:80": false, "10.0.0.1:1": false, "x": false,
	} {
		if hosts.IsLoopback(address) != want {
			t.Errorf("%s is loopback: %v", address, !want)
		}
	}
}
