package cloudevents_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// A handler that sends every event back in the mode that its caller wants.
func Example() {
	echo := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		ev, err := cloudevents.Read(r.Header, body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		mode := cloudevents.Negotiate(r.Header["Accept"], cloudevents.ModeOf(r.Header))
		reply, err := cloudevents.Write(w.Header(), ev, mode)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(reply)
	}

	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"a": 1.50}`))
	for name, value := range map[string]string{
		"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "b", "ce-subject": "%E2%82%AC",
		"Content-Type": "application/json", "Accept": cloudevents.StructuredType,
	} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	echo(w, r)
	fmt.Println(w.Header().Get("Content-Type"))
	fmt.Println(w.Body)
	// Output:
	// application/cloudevents+json
	// {"specversion":"1.0","id":"1","source":"/a","type":"b","datacontenttype":"application/json","subject":"€","data":{"a": 1.50}}
}

func ExampleRead_fault() {
	_, err := cloudevents.Read(http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"%C0%A0"}}, nil)
	fmt.Println(err)
	// Output: header ce-id: is not valid UTF-8
}
