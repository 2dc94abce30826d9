package remote_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/reply/remote"
)

// allowed asks a replier whether it would send to a URL.
func allowed(t *testing.T, entry, url string) bool {
	t.Helper()
	script := &answers{list: []any{http.StatusNoContent}}
	err := newReplier(t, remote.ReplierOptions{Allow: []string{entry}, Transport: script}).Complete(t.Context(), url, result())
	if errors.Is(err, remote.ErrNotAllowed) != (script.calls.Load() == 0) {
		t.Fatalf("%s under %s: got %v after %d calls", url, entry, err, script.calls.Load())
	}
	return err == nil
}

func TestOnlyURLsBelowAnEntryAreAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		entry, url string
		want       bool
	}{
		{"http://adapter", "http://adapter/requests/1/reply", true},
		{"http://adapter/", "http://adapter/requests/1/reply", true},
		{"http://adapter", "http://adapter", true},
		{"http://adapter", "http://adapter:80/x", true},
		{"http://adapter:80", "http://ADAPTER/x", true},
		{"https://adapter", "https://adapter:443/x", true},
		{"http://adapter/requests", "http://adapter/requests/1", true},
		{"http://adapter/requests/", "http://adapter/requests/1", true},
		{"http://[::1]:8080", "http://[::1]:8080/x", true},
		{"http://*.adapter.svc:8080", "http://pod-1.adapter.svc:8080/x", true},
		{"http://10.42.*:8080", "http://10.42.7.9:8080/x", true},
		{"http://adapter-*.shop.svc/", "http://adapter-00007.shop.svc/requests/1/reply", true},
		{"http://adapter-*.shop.svc", "http://ADAPTER-00007.shop.svc/x", true},

		{"http://adapter", "https://adapter/x", false},
		{"http://adapter", "http://adapter:8080/x", false},
		{"http://adapter", "http://adapter.evil.example/x", false},
		{"http://adapter", "http://adapter@evil.example/x", false},
		{"http://adapter", "http://user:pw@adapter/x", false},
		{"http://adapter", "http://evil.example/http://adapter", false},
		{"http://adapter", "http://evil.example?http://adapter", false},
		{"http://adapter", "http://evil.example#http://adapter", false},
		{"http://adapter", "http://evil.example\\@adapter/x", false},
		{"http://adapter", "//adapter/x", false},
		{"http://adapter", "/x", false},
		{"http://adapter", "", false},
		{"http://adapter", "http://adapter/x?query", false},
		{"http://adapter", "http://adapter/x#", false},
		{"http://adapter/requests", "http://adapter/requests-admin", false},
		{"http://adapter/requests", "http://adapter/", false},
		{"http://adapter/requests", "http://adapter/requests/../admin", false},
		{"http://adapter/requests", "http://adapter/requests/%2e%2e/admin", false},
		{"http://adapter/requests", "http://adapter/requests/..%2fadmin", false},
		{"http://adapter/requests", "http://adapter/requests//evil", false},
		{"http://adapter/requests", "http://adapter/requests/..%5cadmin", false},
		{"http://*.adapter.svc", "http://adapter.svc/x", false},
		{"http://*.adapter.svc", "http://.adapter.svc.evil/x", false},
		{"http://10.42.*", "http://10.420.1.1/x", false},
		{"http://10.42.*", "http://10.42.evil.example/x", false},
		{"http://10.42.*", "http://10.43.0.1/x", false},
		{"http://*.1", "http://10.0.0.1/x", false},
		{"http://adapter-*.shop.svc", "http://adapter-.shop.svc/x", false},
		{"http://adapter-*.shop.svc", "http://adapter.shop.svc/x", false},
		{"http://adapter-*.shop.svc", "http://other-adapter-1.shop.svc/x", false},
		{"http://adapter-*.shop.svc", "http://adapter-1.evil.shop.svc/x", false},
		{"http://adapter-*.shop.svc", "http://adapter-1.shop.svc.evil/x", false},
		{"http://adapter-*.shop.svc", "http://adapter-1.shop.svc:8080/x", false},
		{"http://adapter-*.shop.svc", "http://adapter-1/x", false},
		{"http://adapter-*.shop.svc", "http://adapter-*.shop.svc/x", false},
	}
	for _, tt := range tests {
		if got := allowed(t, tt.entry, tt.url); got != tt.want {
			t.Errorf("entry %s, URL %s: allowed %t, want %t", tt.entry, tt.url, got, tt.want)
		}
	}
}

func TestNoEntryAllowsNothing(t *testing.T) {
	t.Parallel()
	replier := newReplier(t, remote.ReplierOptions{Allow: []string{}, Transport: &answers{list: []any{http.StatusNoContent}}})
	if err := replier.Complete(t.Context(), replyTo, result()); !errors.Is(err, remote.ErrNotAllowed) {
		t.Errorf("got %v", err)
	}
}

func TestReplierRefusesAnInvalidConfiguration(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		"", "adapter", "*", "ftp://adapter", "http://", "http://a:b@adapter", "http://adapter?x", "http://adapter/../x",
		"http://*", "http://*.*.svc", "http://a*.svc", "http://10.*.1.*", "http://10.42.1.2.*", "http://300.*", "http://x.*",
		"http://a.b-*.svc", "http://a-*.*.svc", "http://a-*", "http://a-*b.svc", "http://a-*.",
	} {
		if r, err := remote.NewReplier(remote.ReplierOptions{Allow: []string{"http://adapter", entry}}); err == nil || r != nil {
			t.Errorf("entry %q is taken", entry)
		}
	}
	for name, opts := range map[string]remote.ReplierOptions{
		"connections": {Connections: -1}, "timeout": {AttemptTimeout: -1},
	} {
		if _, err := remote.NewReplier(opts); err == nil {
			t.Errorf("a negative %s is taken", name)
		}
	}
}

// Whatever text is allowed, the call goes to the host of the entry and below
// its path.
func FuzzAllow(f *testing.F) {
	for _, seed := range []string{
		replyTo, "http://adapter:8080/requests/../x", "http://adapter:8080@evil/requests/", "http://adapter:8080/requests/%2e%2E/x",
		"HTTP://ADAPTER:8080/requests/1", "http://adapter:8080/requests%2f..", "http://adapter:8080\\requests",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, url string) {
		seen := ""
		script := &answers{list: []any{func(r *http.Request) (*http.Response, error) {
			seen = r.URL.Scheme + "://" + strings.ToLower(r.URL.Host) + r.URL.Path + "/"
			return response(r, http.StatusNoContent, nil, ""), nil
		}}}
		replier := newReplier(t, remote.ReplierOptions{Transport: script})
		err := replier.Complete(t.Context(), url, result())
		if err == nil && (!strings.HasPrefix(seen, "http://adapter:8080/requests/") || strings.Contains(seen, "..") && strings.Contains(seen, "/../")) {
			t.Fatalf("%q is allowed and calls %s", url, seen)
		}
	})
}
