package remote_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply/remote"
)

// A vertex sends the result of its steps to where the event says, if that is
// allowed.
func ExampleReplier() {
	adapter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path, r.Header.Get("Ce-Replytoken"))
		w.WriteHeader(http.StatusNoContent)
	}))
	defer adapter.Close()
	replier, err := remote.NewReplier(remote.ReplierOptions{Allow: []string{adapter.URL + "/requests"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer replier.Close()

	result := event.New()
	result.SetID("1")
	result.SetSource("/orders")
	result.SetType("orders.reply")
	result.SetExtension("replytoken", "r.1800000000.mac")
	fmt.Println(replier.Complete(context.Background(), adapter.URL+"/requests/1/reply", result))
	fmt.Println(replier.Complete(context.Background(), "http://elsewhere.example/requests/1/reply", result))

	// Output:
	// PUT /requests/1/reply r.1800000000.mac
	// <nil>
	// send the reply home: replyto is not on the allow-list: scheme http, host "elsewhere.example", port 80
}
