package remote_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
)

func newHandler(tb testing.TB) *remote.Handler {
	tb.Helper()
	h, err := remote.NewHandler(memory.New(memory.Options{}), secret, remote.HandlerOptions{MaxBody: 1000, Hold: time.Nanosecond})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(h.Close)
	return h
}

func ask(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "bearer "+secret)
	r.Header.Set("Content-Type", storeType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	const id = `"01890a5d-ac96-774b-bcce-b302099a8057"`
	const head = `{"e":{"specversion":"1.0","id":"1","source":"/","type":"t"},"d":true}` + "\nab"
	tests := map[string]struct {
		method, path, body string
		status             int
	}{
		"no operation":        {"POST", "/store/", "{}", 404},
		"other operation":     {"POST", "/store/drop", "{}", 404},
		"outside":             {"POST", "/lookup", "{}", 404},
		"GET":                 {"GET", "/store/lookup", "", 405},
		"POST for arrivals":   {"POST", "/store/arrivals?box=1", "", 405},
		"no body":             {"POST", "/store/lookup", "", 400},
		"no JSON":             {"POST", "/store/lookup", "{", 400},
		"unknown member":      {"POST", "/store/lookup", `{"id":` + id + `,"if":1}`, 400},
		"trailing document":   {"POST", "/store/lookup", `{"id":` + id + `}{}`, 400},
		"trailing data":       {"POST", "/store/lookup", `{"id":` + id + "}\nx", 400},
		"no id":               {"POST", "/store/lookup", `{}`, 400},
		"bad id":              {"POST", "/store/cancel", `{"id":"1"}`, 400},
		"not UTF-8":           {"POST", "/store/release", `{"key":"` + "\xff" + `","owner":` + id + `}`, 400},
		"short fingerprint":   {"POST", "/store/claim", `{"key":"k","fingerprint":"AAAA","owner":` + id + `}`, 400},
		"claim without owner": {"POST", "/store/claim", `{"key":"k"}`, 400},
		"release by nobody":   {"POST", "/store/release", `{"key":"k"}`, 400},
		"register no id":      {"POST", "/store/register", `{"tenant":"t"}`, 400},
		"no event":            {"POST", "/store/complete", `{"request":{"id":` + id + `}}`, 400},
		"no id of a reply":    {"POST", "/store/complete", `{"size":` + strconv.Itoa(len(head)) + `}` + "\n" + head, 400},
		"reply too short":     {"POST", "/store/complete", `{"request":{"id":` + id + `},"size":` + strconv.Itoa(len(head)+1) + `}` + "\n" + head, 400},
		"reply too long":      {"POST", "/store/complete", `{"request":{"id":` + id + `},"size":` + strconv.Itoa(len(head)-1) + `}` + "\n" + head, 400},
		"negative size":       {"POST", "/store/complete", `{"request":{"id":` + id + `},"size":-1}` + "\n" + head, 400},
		"two replies":         {"POST", "/store/complete", `{"request":{"id":` + id + `},"size":` + strconv.Itoa(len(head)) + `}` + "\n" + head + head, 400},
		"too large":           {"POST", "/store/lookup", strings.Repeat(" ", 1001), 413},
		"arrivals of no box":  {"GET", "/store/arrivals", "", 400},
		"box too large":       {"GET", "/store/arrivals?box=1048576", "", 400},
		"bad wait":            {"GET", "/store/arrivals?box=1&wait=x", "", 400},
		"bad query":           {"GET", "/store/arrivals?box=%zz", "", 400},
		"place of nowhere":    {"GET", "/store/arrivals?box=1&since=a.1", "", 410},
		"no place":            {"GET", "/store/arrivals?box=1&since=a", "", 410},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ask(newHandler(t), tt.method, tt.path, tt.body)
			if w.Code != tt.status || w.Header().Get("Content-Type") != functions.ProblemContentType {
				t.Errorf("got %d %s: %s, want %d", w.Code, w.Header().Get("Content-Type"), w.Body, tt.status)
			}
		})
	}
}

func TestWhoMayCallTheStore(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		authorization, contentType string
		status                     int
	}{
		"secret":         {"Bearer " + secret, storeType, 404},
		"parameters":     {"Bearer " + secret, storeType + "; v=1", 404},
		"nothing":        {"", storeType, 401},
		"another":        {"Bearer " + secret + "x", storeType, 401},
		"a part":         {"Bearer " + secret[:16], storeType, 401},
		"another scheme": {"Basic " + secret, storeType, 401},
		"no scheme":      {secret, storeType, 401},
		"another type":   {"Bearer " + secret, "application/json", 415},
		"no type":        {"Bearer " + secret, "", 415},
	}
	for name, tt := range tests {
		r := httptest.NewRequest(http.MethodPost, "/store/lookup", strings.NewReader(`{"id":"01890a5d-ac96-774b-bcce-b302099a8057"}`))
		r.Header.Set("Authorization", tt.authorization)
		r.Header.Set("Content-Type", tt.contentType)
		w := httptest.NewRecorder()
		newHandler(t).ServeHTTP(w, r)
		if w.Code != tt.status || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("%s: got %d %v, want %d", name, w.Code, w.Header(), tt.status)
		}
	}
}

// What JSON, or the JSON event format, would change.
func TestWhatJSONLosesIsKept(t *testing.T) {
	t.Parallel()
	client := dial(t, serve(t, memory.New(memory.Options{}), remote.HandlerOptions{}, nil), remote.Options{})
	want := newReply(newRequest(1), "")
	want.Tenant, want.Key = "caf\xe9", ""
	ev := &want.Event
	ev.SetDataContentType(event.ApplicationJSON)
	ev.DataEncoded = []byte(" { \"a\" : \"<&>\u2028\", \"n\":1.0e2 }\n\n")
	at := types.Timestamp{Time: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	for name, value := range map[string]any{
		"at": at, "uri": *types.ParseURI("https://a/b?c#d"), "ref": *types.ParseURIRef("../b"), "bin": []byte{0, 255}, "text": "2026-01-02T03:04:05Z",
		"long": strings.Repeat("x", 40_000),
	} {
		ev.SetExtension(name, value)
	}
	if err := client.Complete(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := client.Lookup(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(ev.Extensions(), got.Reply.Event.Extensions()); d != "" {
		t.Errorf("extensions (-want +got):\n%s", d)
	}
	if !bytes.Equal(got.Reply.Event.DataEncoded, ev.DataEncoded) || got.Tenant != want.Tenant {
		t.Errorf("got %q of %q", got.Reply.Event.DataEncoded, got.Tenant)
	}
	a := reply.Claim{Key: "\xff", Owner: want.ID, Lease: time.Now().Add(time.Hour), Expires: time.Now().Add(time.Hour)}
	b := a
	b.Key, b.Owner = "\xfe", newRequest(1).ID
	for _, c := range []reply.Claim{a, b} {
		if holder, err := client.Claim(t.Context(), c); holder != c.Owner || err != nil {
			t.Errorf("key %q: got %v, %v: two keys are one on the wire", c.Key, holder, err)
		}
	}
}

// Whatever is sent, the answer is one that the protocol knows.
func FuzzHandler(f *testing.F) {
	const id = "01890a5d-ac96-774b-bcce-b302099a8057"
	f.Add("lookup", `{"id":"`+id+`"}`)
	f.Add("collect", `{"box":1,"since":"`+id+`","after":"`+id+`"}`)
	f.Add("register", `{"id":"`+id+`","tenant":{"base64":"/w=="},"expires":"2099-01-01T00:00:00Z"}`)
	f.Add("claim", `{"key":"k","fingerprint":"`+strings.Repeat("A", 43)+`=","owner":"`+id+`"}`)
	const stored = `{"e":{"specversion":"1.0","id":"1","source":"/","type":"t","x":"2026-01-01T00:00:00Z"},"d":true,"t":{"x":"time"}}` + "\nab"
	f.Add("complete", `{"request":{"id":"`+id+`","expires":"2099-01-01T00:00:00Z"},"size":`+strconv.Itoa(len(stored))+"}\n"+stored)
	f.Fuzz(func(t *testing.T, op, body string) {
		h := newHandler(t)
		r := httptest.NewRequest(http.MethodPost, "/store/x", strings.NewReader(body))
		r.URL.Path = "/store/" + op
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", storeType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch w.Code {
		case 200, 204, 400, 404, 405, 409, 410, 412, 413, 422:
		default:
			t.Fatalf("%s %q is answered by %d %s", op, body, w.Code, w.Body)
		}
		if op != "complete" || w.Code != http.StatusNoContent {
			return
		}
		// What was taken is given out again.
		if got := ask(h, http.MethodPost, "/store/lookup", `{"id":"`+id+`"}`); strings.Contains(body, id) && got.Code != http.StatusOK && got.Code != 404 {
			t.Fatalf("%q is taken and looked up as %d %s", body, got.Code, got.Body)
		}
	})
}
