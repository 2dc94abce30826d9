package cloudevents_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/cloudevents"
)

func containsFold(s, part string) bool { return strings.Contains(strings.ToLower(s), part) }

// escaped is a value as SetHeaders would write it, made by another hand.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// Source is a URI-reference of RFC 3986 and is kept byte for byte.
func TestReadSource(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"/cloudevents/spec/pull/123", "/sensors/tn-1234567/alerts", "1-555-123-4567", "https://github.com/cloudevents",
		"mailto:cncf-wg-serverless@lists.cncf.io", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
		"HTTP://Example.COM/%7ea?b=c/?#d/?", "//host", "//", "///a", "/", "?", "#", "?q", "#f", "a#", "a?", ".", "a:b", "x:", "x:?", "x:#",
		"http://u:p;x@h:80/", "http://h:/", "http://[::1]:80/", "http://[::ffff:1.2.3.4]", "http://[v1.a:b]", "http://h%41/", "./1:2", "/a:b@c",
		"!$&'()*+,;=", "http://%20/", "http://:80", "file:///a", "x://a@b:", "g:h:i", "%20",
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			ev, err := cloudevents.Read(header("ce-source", escaped(source)), nil)
			if err != nil {
				t.Fatal(err)
			}
			if ev.Source() != source {
				t.Errorf("source = %q", ev.Source())
			}
			h := http.Header{}
			if err := cloudevents.SetHeaders(h, ev); err != nil {
				t.Fatal(err)
			}
			again, err := cloudevents.Read(h, nil)
			if err != nil || again.Source() != source {
				t.Errorf("after a round trip: %q, %v", again.Source(), err)
			}
		})
	}
	for _, source := range []string{
		"a b", "é", "1:2", ":a", "%", "%4", "%zz", "a#b#c", "a[b]", "http://[::1", "http://[::1]x", "http://[fe80::1%25en0]", "http://[1.2.3.4]",
		"http://[v.x]", "http://[vz.x]", "http://[v1.]", "http://[v1.%41]", "http://a:b", "http://a@b@c", "http://a[b", "<a>", `a\b`,
		`a"b`, "a^b",
		"a`b", "{a}", "a|b", "é://a", "h_t:a", "http://u[@h", "//h:1:2", "?[", "#[", "//[::1]:x",
	} {
		t.Run("not "+source, func(t *testing.T) {
			t.Parallel()
			_, err := cloudevents.Read(header("ce-source", escaped(source)), nil)
			wantFault(t, err, "ce-source", "must be a URI-reference of RFC 3986")
		})
	}
}

func TestReadDataSchemaMustBeAbsolute(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{"https://example.com/s.json", "urn:a:b", "HTTPS://e/#frag"} {
		ev, err := cloudevents.Read(header("ce-dataschema", escaped(schema)), nil)
		if err != nil || ev.DataSchema() != schema {
			t.Errorf("%s: %q, %v", schema, ev.DataSchema(), err)
		}
	}
	for _, schema := range []string{"/s", "s.json", "//host/s", "#x", "http://a b"} {
		_, err := cloudevents.Read(header("ce-dataschema", escaped(schema)), nil)
		wantFault(t, err, "ce-dataschema", "must be an absolute URI of RFC 3986")
	}
}

// Times are those of RFC 3339 section 5.6.
func TestReadTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2018-04-05T17:31:00Z":               "2018-04-05T17:31:00Z",
		"2018-04-05t17:31:00z":               "2018-04-05T17:31:00Z",
		"2018-04-05T17:31:00.120Z":           "2018-04-05T17:31:00.12Z",
		"2018-04-05T17:31:00.1234567891234Z": "2018-04-05T17:31:00.123456789Z",
		"2018-04-05T17:31:00+23:59":          "2018-04-04T17:32:00Z",
		"2018-04-05T17:31:00-00:00":          "2018-04-05T17:31:00Z",
		"2018-04-05t17:31:00.5-01:30":        "2018-04-05T19:01:00.5Z",
		"2000-02-29T00:00:00Z":               "2000-02-29T00:00:00Z",
		"0000-01-01T00:00:00Z":               "0000-01-01T00:00:00Z",
		"2016-12-31T23:59:60Z":               "2017-01-01T00:00:00Z",
		"1990-12-31T15:59:60.25-08:00":       "1991-01-01T00:00:00.25Z",
	} {
		ev, err := cloudevents.Read(header("ce-time", text), nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		wantAttrs(t, ev, minimal(attrs{"time": want}))
	}
	for _, text := range []string{
		"2018-04-05", "2018-04-05T17:31Z", "2018-04-05T17:31:00", "2018-04-05 17:31:00Z", "2018-04-05T7:31:00Z", "2018-04-05T17:31:00,5Z",
		"2018-04-05T17:31:00.Z", "2018-04-05T17:31:00+0100", "2018-04-05T17:31:00+24:00", "2018-04-05T17:31:00+01:60", "2018-04-05T17:31:00+1:00",
		"2018-04-05T17:31:00ZZ", "2018-04-05T24:00:00Z", "2018-04-05T17:60:00Z", "2018-13-05T17:31:00Z", "2018-02-29T17:31:00Z",
		"2018-04-05T17:31:60Z", "2018-04-05T17:31:61Z", "18-04-05T17:31:00Z", "+2018-04-05T17:31:00Z", "now", "1522949460",
		"2018-04-05T17:31:00 Z",
		"2018-04-05T17:31:00%2B01:00Z", "2018-04-05T17:31:00*01:00", "2018-04-05Z17:31:00Z", "201a-04-05T17:31:00Z", "2018/04/05T17:31:00Z",
	} {
		_, err := cloudevents.Read(header("ce-time", text), nil)
		wantFault(t, err, "ce-time", "must be a timestamp of RFC 3339")
	}
}

// The Content-Type is a media type and is not percent-encoded.
func TestReadMediaType(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"text/plain", "TEXT/Plain", "application/vnd.a+b-c.d", "text/plain;charset=utf-8", "text/plain ; a=b;\tc=\"d; \\\" e\"", "text/plain;",
		"text/plain;;a=b", "a/b;c=%41", `multipart/x; boundary="=_"`,
	} {
		ev, err := cloudevents.Read(header("content-type", text), nil)
		if err != nil || ev.DataContentType() != text {
			t.Errorf("%s: %q, %v", text, ev.DataContentType(), err)
		}
	}
	for _, text := range []string{
		"text", "/", "text/", "/plain", "text/plain/x", "text /plain", "text/pla in", "text/plain, text/html", "text/plain;a", "text/plain;=b",
		"text/plain;a=", "text/plain;a b=c", "text/plain;a=\"b", "text/plain;a=\"b\"c", "text/plain;a=\"\x01\"", "text/é", "text/plain;a=\"\\",
		"text/plain;a=b c", "text/plain;a=(b)",
	} {
		_, err := cloudevents.Read(header("content-type", text), nil)
		wantFault(t, err, "content-type", "must be a media type of RFC 2046")
	}
}
