package callback_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
)

func parse(t *testing.T, s string) callback.Allowed {
	t.Helper()
	a, err := callback.ParseAllowed(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// status is what a URL is answered, 0 if it may be called.
func status(t *testing.T, a callback.Allowed, target string) int {
	t.Helper()
	err := a.Check(target)
	if err == nil {
		return 0
	}
	problem, ok := errors.AsType[*functions.Error](err)
	if !ok || !strings.Contains(problem.Detail, "Homing-Callback") || len(problem.Detail) > 500 {
		t.Fatalf("%q: %v", target, err)
	}
	return problem.Status
}

func TestOnlyTargetsOfTheListMayBeCalled(t *testing.T) {
	t.Parallel()
	a := parse(t, "hooks.example.com, *.shop.example ,http://localhost:9000,https://Deep.Example.:8443,10.0.0.0/8,192.0.2.7,http://[::1]:81,fd00::/8,,a_b.test,https://*.deep.test:8443")
	const not = http.StatusForbidden
	for target, want := range map[string]int{
		"https://hooks.example.com":                 0,
		"https://hooks.example.com/a/b?c=d&e":       0,
		"HTTPS://HOOKS.Example.COM./x":              0,
		"https://hooks.example.com:443/":            0,
		"https://hooks.example.com:0443/":           0,
		"https://hooks.example.com:/":               0,
		"https://hooks.example.com/a%20b?q=%23":     0,
		"http://hooks.example.com/":                 not,
		"https://hooks.example.com:8443/":           not,
		"https://x.hooks.example.com/":              not,
		"https://hooks.example.com.evil.test/":      not,
		"https://evilhooks.example.com/":            not,
		"https://a.shop.example/":                   0,
		"https://a.b.shop.example/":                 0,
		"https://shop.example/":                     not,
		"https://ashop.example/":                    not,
		"https://a.shop.example:444/":               not,
		"http://a.shop.example/":                    not,
		"http://localhost:9000/done":                0,
		"http://LOCALHOST.:9000/done":               0,
		"http://localhost/":                         not,
		"https://localhost:9000/":                   not,
		"http://127.0.0.1:9000/":                    not,
		"https://deep.example:8443/":                0,
		"https://deep.example/":                     not,
		"https://10.1.2.3/":                         0,
		"https://10.1.2.3./":                        0,
		"https://[::ffff:10.1.2.3]/":                0,
		"https://10.1.2.3:8443/":                    not,
		"http://10.1.2.3/":                          not,
		"https://192.0.2.7/":                        0,
		"https://192.0.2.8/":                        not,
		"http://[::1]:81/":                          0,
		"http://[0:0:0:0:0:0:0:1]:81/":              0,
		"https://[fd12::1]/":                        0,
		"https://[fe80::1]/":                        not,
		"https://169.254.169.254/latest/meta-data/": not,
		"https://93.184.215.14/":                    not,
		"https://a_b.test/":                         0,
		"https://x.deep.test:8443/":                 0,
		"https://x.deep.test/":                      not,
	} {
		if got := status(t, a, target); got != want {
			t.Errorf("%s: %d, want %d", target, got, want)
		}
		if got := status(t, callback.Allowed{}, target); got != not {
			t.Errorf("%s without a list: %d", target, got)
		}
	}
}

func TestMalformedTargetsAreRefusedWhateverTheListHas(t *testing.T) {
	t.Parallel()
	a := parse(t, "hooks.example.com,http://localhost,127.0.0.0/8,::1,fe80::/10")
	for _, target := range []string{
		"", "hooks.example.com", "/done", "//hooks.example.com/", "https:", "https://", "https:///x", "https:hooks.example.com", "https://:443/",
		"ftp://hooks.example.com/", "file:///etc/passwd", "javascript:alert(1)", "gopher://hooks.example.com/", "unix:///run/x",
		"https://user@hooks.example.com/", "https://user:pw@hooks.example.com/", "https://@hooks.example.com/", "https://hooks.example.com@evil.test/",
		"https://hooks.example.com/#x", "https://hooks.example.com/#", "https://hooks.example.com\\@evil.test/", "https://hooks.example.com/a b",
		"https://hooks.example.com/\r\nX: y", "https://hooks.example.com/\x00", " https://hooks.example.com/", "https://hooks.example.com/ü",
		"https://höoks.example.com/", "https://%68ooks.example.com/", "https://h%C3%B6oks.example.com/", "https://%E2%84%AAx.example.com/", "https://１２７.０.０.１/",
		"https://hooks.example.com:0/", "https://hooks.example.com:65536/", "https://hooks.example.com:99999999999/", "https://hooks.example.com:http/",
		"https://hooks.example.com:-1/", "https://hooks..example.com/", "https://.hooks.example.com/", "https://hooks.example.com../",
		"https://hooks.example.com%00.evil.test/", "https://hooks.example.com%2f.evil.test/", "https://hooks,example.com/", "https://*.example.com/",
		"https://2130706433/", "https://0x7f.1/", "https://0x7f000001/", "https://127.1/", "https://017700000001/", "https://0177.0.0.1/",
		"https://127.0.0.01/", "https://127.0.0.1.1/", "https://0x/", "https://1/", "https://127.0.0.0x1/", "https://%31%32%37.1/", "https://0X7F.1/",
		"https://[fe80::1%25eth0]/", "https://[::1/", "https://[::1]x/", "https://::1/", "https://[127.0.0.1", "https://[hooks.example.com",
		"https://" + strings.Repeat("a", 64) + ".test/", "https://" + strings.Repeat("a.", 200) + "test/", "https://hooks.example.com/" + strings.Repeat("x", 2<<10),
	} {
		if got := status(t, a, target); got != http.StatusBadRequest {
			t.Errorf("%q: %d", target, got)
		}
	}
	// Brackets around a name or an address of IPv4 are no other host than without.
	for target, want := range map[string]int{"https://[127.0.0.1]/": 0, "https://127.0.0.1/": 0, "https://[evil.test]/": http.StatusForbidden} {
		if _, err := url.Parse(target); err != nil {
			want = http.StatusBadRequest
		}
		if got := status(t, a, target); got != want {
			t.Errorf("%q: %d, want %d", target, got, want)
		}
	}
}

func TestARefusalNeverShowsTheListNorTheQuery(t *testing.T) {
	t.Parallel()
	err := parse(t, "secret.internal.test").Check("https://evil.test/x?token=s3cret")
	if err == nil || strings.Contains(err.Error(), "secret.internal") || strings.Contains(err.Error(), "s3cret") ||
		!strings.Contains(err.Error(), "https://evil.test may not be called") {
		t.Error(err)
	}
}

func TestInvalidListsAreRefusedWithWhatWasMeant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"*":                                  "name the hosts",
		"https://*":                          "name the hosts",
		"0.0.0.0/0":                          "name the hosts",
		"::/0":                               "name the hosts",
		"*.com":                              "two labels",
		"*.":                                 "has a host that is none",
		"*.10.0.0.1":                         "two labels",
		"http://*.shop.example":              "not by https",
		"a.*.example":                        "has a host that is none",
		"hooks.example.com/path":             "did you mean hooks.example.com?",
		"https://hooks.example.com:8443/a?b": "did you mean hooks.example.com:8443?",
		"https://hooks.example.com?":         "did you mean hooks.example.com?",
		"user@hooks.example.com":             "did you mean hooks.example.com?",
		"htps://hooks.example.com":           `did you mean "https"?`,
		"ftp://hooks.example.com":            "neither http nor https",
		"http:hooks.example.com":             "did you mean http://hooks.example.com?",
		"https:/hooks.example.com":           "did you mean https://hooks.example.com?",
		"10.0.0.1/8":                         "did you mean 10.0.0.0/8?",
		"10.0.0.0/33":                        "ADDRESS/BITS",
		"10.0.0.0/":                          "ADDRESS/BITS",
		"10.0/8":                             "number for its host",
		"2130706433":                         "number for its host",
		"fe80::1%eth0/64":                    "ADDRESS/BITS",
		"a.test:0":                           "port",
		"a.test:x":                           "is no host",
		"a.test b.test":                      "is no host",
		"a.test;b.test":                      "has a host that is none",
		"bücher.example":                     "Punycode",
		"https://":                           "has a host that is none",
		"ok.test,-,,bad/x":                   "did you mean bad?",
	} {
		a, err := callback.ParseAllowed(text)
		if err == nil || !strings.Contains(err.Error(), want) || a.Any() {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, none := range []string{"", " , ,"} {
		if a, err := callback.ParseAllowed(none); err != nil || a.Any() {
			t.Errorf("%q: %v", none, err)
		}
	}
	if !parse(t, "10.0.0.0/8").Any() || !parse(t, "::ffff:10.0.0.0/104").Any() || !parse(t, "a.test").Any() {
		t.Error("a list is none")
	}
}

// FuzzAllowed checks that a target is answered with one of two statuses, and that what may
// be called is a host of the list, however it is spelt.
func FuzzAllowed(f *testing.F) {
	for _, list := range []string{"hooks.example.com", "*.shop.example,http://localhost:9000", "10.0.0.0/8,::1", "127.0.0.1", "x:1,[::1]:2"} {
		for _, target := range []string{
			"https://hooks.example.com/x", "https://a.shop.example", "http://localhost:9000/?a", "https://10.1.2.3", "https://[::1]", "https://0x7f.1",
			"https://[::ffff:127.0.0.1]/", "https://hooks.example.com./", "https://a@hooks.example.com", "https://%31.example/",
		} {
			f.Add(list, target)
		}
	}
	f.Fuzz(func(t *testing.T, list, target string) {
		a, err := callback.ParseAllowed(list)
		if err != nil && a.Any() {
			t.Fatal("an invalid list allows something")
		}
		got := status(t, a, target)
		if got != 0 && got != http.StatusBadRequest && got != http.StatusForbidden || got == 0 && !a.Any() {
			t.Fatalf("%q by %q: %d", target, list, got)
		}
		if got != 0 {
			return
		}
		u, err := url.Parse(target)
		if err != nil || u.User != nil || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(target, "# \\") {
			t.Fatalf("%q may be called", target)
		}
		if u.Scheme == "http" && !strings.Contains(strings.ToLower(list), "http://") {
			t.Fatalf("%q may be called without TLS", target)
		}
	})
}
