package callback

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// hook takes replies that are signed with secret, and hands each of them to use.
func hook(secret string, use func(id string, reply event.Event)) (http.HandlerFunc, error) {
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, err
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions { // the handshake
			w.Header().Set("Allow", "OPTIONS, POST")
			w.Header().Set("Webhook-Allowed-Origin", "homing")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
		if err != nil || wh.Verify(body, r.Header) != nil {
			http.Error(w, "it is not signed by us", http.StatusUnauthorized)
			return
		}
		var reply event.Event
		if err := json.Unmarshal(body, &reply); err != nil {
			http.Error(w, "it is no CloudEvent", http.StatusUnsupportedMediaType)
			return
		}
		use(r.Header.Get("Webhook-Id"), reply) // which may have come before
		w.WriteHeader(http.StatusNoContent)
	}, nil
}

// TestTheReceiverOfTheGuideTakesWhatIsDelivered holds the function above as it stands in
// docs/guides/callbacks.md.
func TestTheReceiverOfTheGuideTakesWhatIsDelivered(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/callbacks.md")
	if err != nil {
		t.Fatal(err)
	}
	this, err := os.ReadFile("receiver_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(guide), "```go\n")
	code, _, _ = strings.Cut(code, "```")
	if code == "" || !strings.Contains(string(this), code) {
		t.Errorf("the guide has another function than this file:\n%s", code)
	}

	var ids []string
	h, err := hook(oldKey, func(id string, reply event.Event) { ids = append(ids, id+" "+reply.Type()+" "+string(reply.Data())) })
	if err != nil {
		t.Fatal(err)
	}
	target := newServer(t, h)
	if err := target.sender(t, func(o *Options) { o.Origin = "" }).Try(t.Context(), target.URL, result()); err != nil {
		t.Fatal(err)
	}
	if len(ids) != 1 || ids[0] != requestID+` homing.orders.reply {"sum":7}` {
		t.Errorf("got %q", ids)
	}
	err = target.sender(t, func(o *Options) { o.Origin, o.Keys = "", Keys{} }).Try(t.Context(), target.URL, result())
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "401") || len(ids) != 1 {
		t.Errorf("not signed: %v", err)
	}
}
