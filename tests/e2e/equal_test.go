package e2e_test

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// input is a call whose answer must be the same in every shape.
type input struct {
	name, path, body string
	headers          []string
	status           int
	large            bool // called once only
}

func inputs(t *testing.T, base string) []input {
	t.Helper()
	photo := sample(t, "testdata", "photo.jpg")
	small := call(t, http.MethodPost, base+"/thumbnail?w=120", photo).body
	png := []string{"Accept", "image/png"}
	out := []input{
		{"not JSON", "/quote", "{", nil, 400, false},
		{"an empty order", "/quote", "", nil, 400, false},
		{"an order in gzip", "/quote", gzipped(t, order(t)), []string{"Content-Type", "application/json", "Content-Encoding", "gzip"}, 200, false},
		{"an order in two codings", "/quote", gzipped(t, gzipped(t, order(t))), []string{"Content-Encoding", "X-GZip, identity, gzip"}, 200, false},
		{"no gzip", "/quote", order(t), []string{"Content-Encoding", "gzip"}, 400, true},
		{"an unknown coding", "/quote", order(t), []string{"Content-Encoding", "lzma"}, 415, true},
		{"unknown goods", "/quote", `{"currency":"EUR","country":"DE","lines":[{"sku":"NO-SUCH","quantity":0}]}`, nil, 422, false},
		{"photo to JPEG", "/thumbnail?w=96", photo, nil, 200, true},
		{"photo to PNG", "/thumbnail?w=40&h=30", photo, png, 200, true},
		{"picture to PNG", "/thumbnail?w=40&h=30", small, png, 200, false},
		{"picture of poor quality", "/thumbnail?h=24&q=10", small, []string{"Accept", "image/jpeg;q=0.9, image/png;q=0.1"}, 200, false},
		{"no format that can be made", "/thumbnail", small, []string{"Accept", "text/html"}, 406, false},
		{"width that is no number", "/thumbnail?w=wide", small, nil, 422, false},
		{"no picture", "/thumbnail?w=10", "GIF89a of a kind", nil, 413, false},
		{"a picture that is cut off", "/thumbnail?w=10", small[:len(small)/2], nil, 422, false},
	}
	for _, name := range []string{"order", "bern", "kuwait", "new-york", "tokyo"} {
		body := sample(t, "testdata", name+".json")
		out = append(out, input{"quote of " + name, "/quote", body, []string{"Content-Type", "application/json"}, 200, false})
	}
	return out
}

// TestRepliesAreEqualInEveryShape is the first promise of the design. The
// answers of `homing serve` are what the others are compared with.
func TestRepliesAreEqualInEveryShape(t *testing.T) {
	t.Parallel()
	local := serve(t)
	all := inputs(t, local.url)
	want := map[string]answer{}
	for _, in := range all {
		a := call(t, http.MethodPost, local.url+in.path, in.body, in.headers...)
		if a.status != in.status {
			t.Errorf("%s: %d %.300s, want %d", in.name, a.status, a.body, in.status)
		}
		want[in.name] = a
	}
	wantEvents := eventAnswers(t, local.url, all)
	for _, s := range shapes() {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, samples(s))
			for _, in := range all {
				got := call(t, http.MethodPost, d.url+in.path, in.body, in.headers...)
				same(t, in.name, got, want[in.name])
				if !in.large {
					same(t, in.name+", fetched", fetch(t, d.url, in), want[in.name])
				}
			}
			for name, got := range eventAnswers(t, d.url, all) {
				same(t, name, got, wantEvents[name])
			}
		})
	}
}

// gzipped returns text in gzip.
func gzipped(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// fetch sends the call with respond-async and gets its reply later.
func fetch(t *testing.T, base string, in input) answer {
	t.Helper()
	accepted := call(t, http.MethodPost, base+in.path, in.body, append([]string{"Prefer", "respond-async"}, in.headers...)...)
	accepted.is(t, http.StatusAccepted)
	got := call(t, http.MethodGet, base+accepted.header.Get("Location"), "", "Prefer", "wait=20")
	if vary := strings.Join(got.header["Vary"], ", "); vary != "Accept-Encoding, Accept" { // how a fetch is answered
		t.Errorf("%s, fetched: Vary is %q", in.name, vary)
	}
	got.header.Set("Vary", "Accept-Encoding")
	if strings.HasPrefix(in.path, "/thumbnail") && got.status == http.StatusOK {
		got.header.Set("Vary", "Accept, Accept-Encoding") // of the call itself
	}
	return got
}

// eventAnswers makes the same calls as events, in structured and in binary
// mode, and returns the reply events without what names one call.
func eventAnswers(t *testing.T, base string, all []input) map[string]answer {
	t.Helper()
	out := map[string]answer{}
	for _, in := range all {
		if in.large {
			continue // the same way, and slow to decode
		}
		chain := strings.FieldsFunc(in.path, func(r rune) bool { return r == '/' || r == '?' })[0]
		ev, err := json.Marshal(map[string]string{
			"specversion": "1.0", "id": "caller-1", "source": "/e2e", "type": "homing." + chain, "subject": `Zürich "€" 100%`,
			"datacontenttype": "application/octet-stream", "data_base64": base64.StdEncoding.EncodeToString([]byte(in.body)),
			"comment": "a\u00a0b", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		})
		if err != nil {
			t.Fatal(err)
		}
		structured := call(t, http.MethodPost, base+"/events", string(ev), "Content-Type", "application/cloudevents+json")
		out[in.name+", structured"] = withoutNames(t, structured)
		binary := call(t, http.MethodPost, base+"/events", in.body, "Ce-Specversion", "1.0", "Ce-Id", "caller-2", "Ce-Source", "/e2e",
			"Ce-Type", "homing."+chain, "Ce-Subject", "Z%C3%BCrich %22%E2%82%AC%22", "Content-Type", "application/octet-stream")
		out[in.name+", binary"] = withoutNames(t, binary)
	}
	return out
}

// naming are the attributes that differ from call to call.
func naming() []string {
	return []string{"id", "time", "correlationid", "causationid", "expirytime"}
}

func withoutNames(t *testing.T, a answer) answer {
	t.Helper()
	for _, name := range naming() {
		a.header.Del("Ce-" + name)
	}
	if !strings.HasPrefix(a.header.Get("Content-Type"), "application/cloudevents+json") {
		return a
	}
	var ev map[string]any
	if err := json.Unmarshal([]byte(a.body), &ev); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	for _, name := range naming() {
		delete(ev, name)
	}
	out, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	a.body = string(out)
	a.header.Del("Content-Length") // of the names, too
	return a
}

var requestID = regexp.MustCompile(`"requestid":"[0-9a-f-]{36}"`)

// same compares answers, but for what names one call.
func same(t *testing.T, name string, got, want answer) {
	t.Helper()
	blank := func(s string) string { return requestID.ReplaceAllString(s, `"requestid":""`) }
	if got.status != want.status || blank(got.body) != blank(want.body) {
		t.Errorf("%s: %d %s\nwant %d %s", name, got.status, excerpt(got.body), want.status, excerpt(want.body))
	}
	if g, w := headerLines(got), headerLines(want); !slices.Equal(g, w) {
		t.Errorf("%s: headers\n%q, want\n%q", name, g, w)
	}
}

// excerpt is both ends of a body, without the picture in the middle.
func excerpt(body string) string {
	const end = 400
	if len(body) <= 2*end {
		return body
	}
	return body[:end] + " ... " + body[len(body)-end:]
}

// headerLines are what must be the same of a header. Whether a problem may be
// stored follows from its status.
func headerLines(a answer) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		switch {
		case name == "Date":
		case name == http.CanonicalHeaderKey("X-Request-ID"):
			out = append(out, name) // names one call
		case a.status >= http.StatusBadRequest && (name == "Cache-Control" || name == "Vary"):
		default:
			out = append(out, name+": "+strings.Join(a.header[name], " | "))
		}
	}
	return out
}

// A keyed call runs once in every shape: the second one gets the first
// one's reply.
func TestKeyedCallRunsOnceInEveryShape(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, samples(s))
			var first answer
			for n := range 3 {
				a := call(t, http.MethodPost, d.url+"/quote", order(t), "Idempotency-Key", "order-1")
				quoted(t, a)
				if n == 0 {
					first = a
				}
				replayed, _ := strconv.ParseBool(a.header.Get("Idempotency-Replayed"))
				if replayed != (n > 0) || a.header.Get("X-Request-ID") != first.header.Get("X-Request-ID") {
					t.Errorf("call %d: %v", n, a.header)
				}
			}
			call(t, http.MethodPost, d.url+"/quote", "{}", "Idempotency-Key", "order-1").is(t, http.StatusUnprocessableEntity)
			if d.broker != nil && s == vertexBroker && len(d.broker.events()) != 1 {
				t.Errorf("the broker had %d events", len(d.broker.events()))
			}
		})
	}
}
