package httpevent_test

import (
	"fmt"
	"net/http"

	"github.com/homing-dev/homing/internal/httpevent"
)

func Example() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = fmt.Fprintf(w, "%s from %s", r.RequestURI, r.RemoteAddr)
	})
	payload := []byte(`{
		"version": "2.0", "rawPath": "/dev/50%", "rawQueryString": "a=1", "headers": {"host": "shop.example.com"},
		"requestContext": {"stage": "dev", "http": {"method": "GET", "sourceIp": "192.0.2.1"}}
	}`)

	ev, err := httpevent.Decode(payload)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := httpevent.Serve(ev.Source, handler, ev.Request)
	fmt.Println(string(answer), err)
	// Output:
	// {"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"/50%25?a=1 from 192.0.2.1:0","isBase64Encoded":false} <nil>
}
