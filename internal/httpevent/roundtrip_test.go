package httpevent_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/httpevent"
)

// seen is what a handler sees of a request.
type seen struct {
	Method, Path, Query, Host, RemoteAddr string
	Header                                http.Header
	Body                                  string
	Length                                int64
}

// newRequest creates a request as a server does from its first line; nil if
// that is not one.
func newRequest(method, target string) *http.Request {
	u, err := url.ParseRequestURI(target)
	if err != nil || u.Scheme != "" || !strings.HasPrefix(u.Path, "/") || strings.ContainsRune(target, '#') {
		return nil
	}
	return &http.Request{Method: method, URL: u, Header: http.Header{}, Host: "shop.example.com", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}

// carried is what the source can carry of a request: the list in the comment of
// the package, as code.
func carried(source httpevent.Source, r *http.Request, body string) seen {
	want := seen{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: asJSON(r.URL.RawQuery), Host: r.Host, RemoteAddr: "192.0.2.1:0",
		Header: http.Header{}, Body: body, Length: int64(len(body)),
	}
	if source == httpevent.HTTPAPI || source == httpevent.HTTPAPIv1 {
		path, _, _ := strings.Cut(r.URL.Path, "?")
		want.Path = legalPath(asJSON(path))
	}
	if source != httpevent.HTTPAPI && source != httpevent.URL {
		want.Query = carriedQuery(source, r.URL.RawQuery)
	}
	for name, values := range r.Header {
		switch {
		case name == "Connection", strings.HasPrefix(name, "X-Amzn-"):
		case name == "Cookie" && (source == httpevent.HTTPAPI || source == httpevent.URL):
			want.Header[name] = []string{strings.Join(values, "; ")}
		case source == httpevent.HTTPAPI, source == httpevent.URL:
			want.Header[name] = []string{strings.Join(values, ",")}
		case source == httpevent.ALB:
			want.Header[name] = values[len(values)-1:]
		default:
			want.Header[name] = values
		}
	}
	want.Header.Set("X-Forwarded-For", "192.0.2.1")
	if body != "" {
		want.Header.Set("Content-Length", fmt.Sprint(len(body)))
	}
	return want
}

// asJSON is a text after a trip through JSON: bytes that are not UTF-8 are gone.
func asJSON(s string) string { return string([]rune(s)) }

// legalPath encodes all but the bytes of RFC 3986 section 3.3.
func legalPath(path string) string {
	var out strings.Builder
	for _, c := range []byte(path) {
		if strings.IndexByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/", c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// carriedQuery returns the query with its names sorted, as JSON has them here.
func carriedQuery(source httpevent.Source, query string) string {
	values := map[string][]string{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if source == httpevent.REST || source == httpevent.HTTPAPIv1 {
			name, value = decodedOrAsSent(name), decodedOrAsSent(value)
		}
		name, value = asJSON(name), asJSON(value)
		values[name] = append(values[name], value)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	var parts []string
	for _, name := range names {
		all := values[name]
		if source == httpevent.ALB {
			all = all[len(all)-1:]
		}
		for _, value := range all {
			if source == httpevent.REST || source == httpevent.HTTPAPIv1 {
				parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
			} else {
				parts = append(parts, name+"="+value)
			}
		}
	}
	return strings.Join(parts, "&")
}

func decodedOrAsSent(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// there sends a request through the form of a source.
func there(t testing.TB, source httpevent.Source, stage string, r *http.Request, body string) seen {
	t.Helper()
	payload, err := gateway.Encode(r, []byte(body), gateway.EncodeOptions{
		Source: source, Stage: stage, RequestID: "id", SourceIP: "192.0.2.1", Now: time.UnixMilli(1784887872000),
	})
	if err != nil {
		t.Fatal(err)
	}
	ev, err := httpevent.Decode(payload)
	if err != nil {
		t.Fatalf("%v\n%s", err, payload)
	}
	if ev.Source != source || httpevent.Detect(payload) != source {
		t.Fatalf("%s was taken for %s and %s\n%s", source, ev.Source, httpevent.Detect(payload), payload)
	}
	got := ev.Request
	return seen{
		Method: got.Method, Path: got.URL.EscapedPath(), Query: got.URL.RawQuery, Host: got.Host, RemoteAddr: got.RemoteAddr,
		Header: got.Header, Body: readAll(t, got), Length: got.ContentLength,
	}
}

func TestRequestsComeOutAsTheyWentIn(t *testing.T) {
	t.Parallel()
	targets := []string{
		"/", "/a/b", "/50%25", "/a%2Fb", "/a%23frag", "/q%3Fx?a=1", "//double//slash/", "/a%20b+c", "/caf%C3%A9", "/%00", "/%ff%fe", "/a;b=c,d:@!$&'()*~",
		"/%41%7e", "/.././x", "/dev", "/dev/dev/x", "/?a=1&a=2&b=%26&c=x+y%20z", "/?flag&empty=&=x&&", "/?bad=%zz&%", "/?a=?&b=/&c=%23", "/?%ff=%fe",
	}
	headers := map[string]http.Header{
		"none":    {},
		"commas":  {"Date": {"Tue, 15 Nov 1994 08:12:31 GMT"}, "If-None-Match": {`"a,b"`}, "X-Json": {`{"a":1,"b":"\\,"}`}},
		"many":    {"Accept": {"text/html", "*/*;q=0.1"}, "X-Twice": {"", "b"}},
		"cookies": {"Cookie": {"a=1; b=\"2\"", "c=3"}},
		"spoofed": {"X-Amzn-Request-Context": {"{}"}, "X-Amzn-Lambda-Context": {"{}"}, "Connection": {"close"}},
		"unicode": {"X-Name": {"Grüße \t <&>"}},
	}
	bodies := map[string]string{"none": "", "text": "h\u00e9llo\x00\u2028\"\\\n", "binary": "\x00\xff\xfe\x80"}
	for _, source := range sources() {
		for _, stage := range []string{"", "dev"} {
			t.Run(source.String()+stage, func(t *testing.T) {
				t.Parallel()
				for _, target := range targets {
					for name, header := range headers {
						for kind, body := range bodies {
							r := newRequest(http.MethodPost, target)
							r.Header = header.Clone()
							r.Header.Set("Content-Type", map[string]string{"text": "text/plain", "binary": "image/png", "none": "text/css"}[kind])
							if diff := cmp.Diff(carried(source, r, body), there(t, source, stage, r, body)); diff != "" {
								t.Errorf("%s, headers %s, body %s (-want +got):\n%s", target, name, kind, diff)
							}
						}
					}
				}
			})
		}
	}
}

func FuzzRequestRoundTrip(f *testing.F) {
	f.Add("GET", "/", "X-A", "1", "2", "a=1; b=2", "text/plain", []byte(nil))
	f.Add("POST", "/50%25/a%2Fb/%3F?a=1&a=%zz&b", "Accept", "a,b", "c", "", "application/json", []byte("{\"a\":1}"))
	f.Add("PUT", "//x/%ff?%ff=%00&=", "If-None-Match", `"a,b"`, "", "x", "", []byte{0, 255})
	f.Fuzz(func(t *testing.T, method, target, name, first, second, cookie, contentType string, body []byte) {
		name = http.CanonicalHeaderKey(name)
		r := newRequest(method, target)
		if r == nil || !token(method) || !token(name) || taken(name) || !value(first) || !value(second) || !value(contentType) || !value(cookie) {
			return
		}
		r.Header[name] = []string{first, second}
		r.Header.Set("Content-Type", contentType)
		var pairs []string
		for pair := range strings.SplitSeq(cookie, ";") {
			if pair = strings.TrimSpace(pair); pair != "" {
				pairs = append(pairs, pair)
			}
		}
		if pairs != nil {
			r.Header.Set("Cookie", strings.Join(pairs, "; "))
		}
		for _, source := range sources() {
			if diff := cmp.Diff(carried(source, r, string(body)), there(t, source, "", r, string(body))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", source, diff)
			}
		}
	})
}

// taken reports which headers are not passed on as any other.
func taken(name string) bool {
	switch name {
	case "Host", "Cookie", "Content-Length", "Content-Type", "X-Forwarded-For", "Content-Encoding",
		"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	default:
		return strings.HasPrefix(name, "X-Amzn-")
	}
}

func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", r)
	})
}

func value(s string) bool {
	return utf8.ValidString(s) && !bytes.ContainsFunc([]byte(s), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
