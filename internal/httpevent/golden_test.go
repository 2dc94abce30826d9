package httpevent_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/httpevent"
)

// sources are all the sources of events.
func sources() []httpevent.Source {
	return []httpevent.Source{
		httpevent.HTTPAPI, httpevent.HTTPAPIv1, httpevent.REST, httpevent.URL, httpevent.ALB, httpevent.ALBMulti,
	}
}

// golden reads a file of testdata.
func golden(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// dump writes down all of a request that a handler can see.
func dump(t testing.TB, ev httpevent.Event) string {
	t.Helper()
	r := ev.Request
	var out strings.Builder
	fmt.Fprintf(&out, "event: %s, stage %q, id %q\n", ev.Source, ev.Stage, ev.RequestID)
	fmt.Fprintf(&out, "%s %s %s (%d.%d)\n", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor)
	fmt.Fprintf(&out, "path: %q, as sent %q\nquery: %q\nhost: %s\nremote: %s\n", r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.Host, r.RemoteAddr)
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&out, "%s: %q\n", name, r.Header[name])
	}
	fmt.Fprintf(&out, "body: %q of %d\n", readAll(t, r), r.ContentLength)
	return out.String()
}

func readAll(t testing.TB, r *http.Request) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestGoldenEventsBecomeRequests(t *testing.T) {
	t.Parallel()
	for _, source := range sources() {
		t.Run(source.String(), func(t *testing.T) {
			t.Parallel()
			payload := golden(t, source.String()+".json")
			before := bytes.Clone(payload)
			ev, err := httpevent.Decode(payload)
			if err != nil {
				t.Fatal(err)
			}
			if ev.Source != source || httpevent.Detect(payload) != source {
				t.Errorf("decoded as %s, detected as %s", ev.Source, httpevent.Detect(payload))
			}
			want := string(golden(t, source.String()+".txt"))
			if got := dump(t, ev); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if !bytes.Equal(payload, before) {
				t.Error("the payload was changed")
			}
		})
	}
}
