package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/homing-dev/homing/internal/deadletter"
)

const callbackKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// undelivered is a letter with a reply for a callback.
func undelivered(t *testing.T, target string) (body, id string) {
	t.Helper()
	id = deadID().String()
	l := deadletter.Letter{
		Version: deadletter.Version, Kept: time.Now(), Died: time.Now(), Reason: deadletter.Undeliverable, Detail: "it answered 503",
		Callback: target, RequestID: id, Chain: "quote", Key: id + "-callback",
		Event: json.RawMessage(`{"specversion":"1.0","id":"reply-1","source":"/chains/quote","type":"homing.quote.reply","correlationid":"` + id + `",` + jsonData + `}`),
	}
	body, err := l.Body()
	if err != nil {
		t.Fatal(err)
	}
	return body, id
}

func TestAReplyThatWasNotDeliveredIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	status, posts := http.StatusServiceUnavailable, 0
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Webhook-Allowed-Origin", "homing.example")
		if r.Method == http.MethodOptions {
			return
		}
		posts++
		w.WriteHeader(status)
		body, _ := io.ReadAll(r.Body)
		wh, _ := standardwebhooks.NewWebhook(callbackKey)
		if err := wh.Verify(body, r.Header); err != nil || r.URL.RawQuery != "token=s3cret" || !strings.Contains(string(body), `"data":{"sku": "A-1"}`) {
			t.Errorf("%v: %s %s", err, r.URL, body)
		}
	}))
	t.Cleanup(hook.Close)
	body, id := undelivered(t, hook.URL+"/done?token=s3cret")
	c := newCloud(t, body, deadEvent(deadID(), time.Now().Add(-time.Hour), jsonData))

	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"show", id}, {"show", id, "--json"}} {
		out := c.deadletter(t, false, args...).ok(t).out
		if !strings.Contains(out, hook.URL+"/done") || strings.Contains(out, "s3cret") || !strings.Contains(out, "callback undelivered") {
			t.Errorf("%q shows %s", args, out)
		}
	}

	c.deadletter(t, false, "redrive", id).failed(t, 1, "HOMING_CALLBACKS and HOMING_CALLBACK_KEYS")
	c.environ = []string{"HOMING_CALLBACKS=hooks.example.com", "HOMING_CALLBACK_KEYS=" + callbackKey, "HOMING_CALLBACK_ORIGIN=homing.example"}
	c.deadletter(t, false, "redrive", id).failed(t, 1, "may not be called; HOMING_CALLBACKS lists")
	c.environ[0] = "HOMING_CALLBACKS=htps://x.test"
	c.deadletter(t, false, "redrive", id).failed(t, 2, "did you mean")
	c.environ[0] = "HOMING_CALLBACKS=" + hook.URL
	c.deadletter(t, false, "redrive", id).failed(t, 1, "503 Service Unavailable")
	c.deadletter(t, false, "redrive", id, "--to", "quote-vertex").failed(t, 1, "leave --to out")
	c.left(t, 2)

	status = http.StatusNoContent
	if got := c.deadletter(t, false, "redrive", id).ok(t); got.out != "sent "+id+"\n1 sent, 0 failed\n" || posts != 2 || len(c.invoked) != 0 {
		t.Errorf("%+v after %d deliveries", got, posts)
	}
	c.left(t, 1)
}

func TestInvalidKeysOfCallbacksAreNotShown(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.environ = []string{"HOMING_CALLBACKS=hooks.example.com", "HOMING_CALLBACK_KEYS=s3cret-s3cret"}
	got := c.deadletter(t, false, "redrive", "--all")
	got.failed(t, 2, "HOMING_CALLBACK_KEYS: must be whsec_")
	if strings.Contains(got.err, "s3cret") {
		t.Errorf("%+v", got)
	}
}
