package adapter_test

import (
	"net/http"
	"strings"
	"testing"
)

// A reply of somebody else's process kept the types of its attributes, and its zone.
func TestAReplyThatIsPutHasTheFormOfOneThatIsReturned(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	at := e.do("POST", "/far", "x", "Prefer", "respond-async").header.Get("Location")
	id := strings.TrimPrefix(at, "/requests/")
	e.do("PUT", at+"/reply", `{"specversion":"1.0","id":"1","source":"/far","type":"done","num":7,"flag":true,"time":"2001-02-03T04:05:06+02:00",`+
		`"datacontenttype":"text/plain","data":"y"}`, "Content-Type", "application/cloudevents+json", "Ce-Replytoken", e.token(id)).
		is(t, http.StatusNoContent, "")
	got := e.do("GET", at, "", "Accept", "application/cloudevents+json")
	for _, want := range []string{`"num":"7"`, `"flag":"true"`, `"time":"2001-02-03T02:05:06Z"`} {
		if !strings.Contains(string(got.body), want) {
			t.Errorf("%s is not in %d %s", want, got.status, got.body)
		}
	}
}
