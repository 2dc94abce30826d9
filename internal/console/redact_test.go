package console_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/internal/letterbox"
)

const canary = "tweet-tweet"

// Whatever a caller, a function or a dead letter has of credentials, no path of the
// console shows it.
func TestNoPathShowsACredential(t *testing.T) {
	t.Parallel()
	dead := event.New()
	dead.SetID("1")
	dead.SetSource("/s")
	dead.SetType("t")
	for name, value := range map[string]string{
		"httpcookie": "id=" + canary, "httpquery": "page=2&access_token=" + canary, "replytoken": canary, "replyto": "http://" + canary + "/",
		"httpxcolour": "blue", "httpheaders": "Set-Cookie=id%3D" + canary,
	} {
		dead.SetExtension(name, value)
	}
	if err := dead.SetData("application/json", map[string]any{"big": 12345678901234567}); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"reason": "crash", "event": dead, "callback": "https://shop.example/hook?a=1&sig=" + canary})
	if err != nil {
		t.Fatal(err)
	}
	b := box{memory.New(memory.Options{}), []letterbox.Letter{{Key: "one", Body: body}, {Key: "none", Body: []byte(canary)}}}
	answers := func(_ context.Context, in event.Event) (*event.Event, error) {
		functions.SetCookie(&in, &http.Cookie{Name: "id", Value: canary})
		functions.SetHeader(&in, "X-Api-Key", canary)
		return &in, nil
	}
	r := console.New(console.Options{Store: b})
	c := chain("talk", same, answers)
	c.Headers = append(c.Headers, "Cookie", "X-Api-Key")
	log := slog.New(r.Log(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})))
	a := startWith(t, r, adapter.Config{LogCalls: 1, Logger: log}, c)
	query := "page=2&link=" + canary + "&access%5Ftoken=" + canary + "&CODE=" + canary + "&sig=" + canary + "&X-Amz-Signature=" + canary + "&empty&"
	v := a.send("/talk?"+query, "hello", "Authorization", "Bearer "+canary, "Cookie", "id="+canary, "X-Api-Key", canary, "Idempotency-Key", canary)
	if got, want := v.Payloads[v.In].Attributes["httpquery"], strings.ReplaceAll(query, canary, "(not shown)"); got != want {
		t.Errorf("the query is shown as %q, not %q", got, want)
	}
	for _, path := range []string{"overview", "requests", "requests/" + v.ID, "requests/" + v.ID + "/data/0", "stats", "logs", "letters"} {
		w := a.call(http.MethodGet, "/_homing/api/"+path, "")
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), canary) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		for _, want := range map[string][]string{"letters": {"blue", "12345678901234567", "page=2", "crash", "hook?a=1"}, "logs": {v.ID}}[path] {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: there is no %s in %s", path, want, w.Body)
			}
		}
	}
}
