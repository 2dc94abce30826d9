package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestTheGuideOfCallbacks types the lines of docs/guides/callbacks.md, and takes what
// comes to the URL of the call.
func TestTheGuideOfCallbacks(t *testing.T) {
	t.Parallel()
	type delivery struct {
		header http.Header
		body   string
	}
	delivered := make(chan delivery, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.URL.Path != "/done" || r.Header.Get("Webhook-Request-Origin") != "homing":
			w.WriteHeader(http.StatusNotFound)
		case r.Method == http.MethodOptions:
			w.Header().Set("Webhook-Allowed-Origin", "homing")
		default:
			w.WriteHeader(http.StatusNoContent)
			delivered <- delivery{r.Header, string(body)}
		}
	}))
	t.Cleanup(hook.Close)

	_, after, _ := strings.Cut(sample(t, "docs", "guides", "callbacks.md"), "```sh\n")
	block, _, _ := strings.Cut(after, "\n```")
	lines := strings.Split(block, "\n")
	if len(lines) != 3 || lines[1] != "make run" {
		t.Fatalf("the guide has %q", lines)
	}
	shell := func(line string, replaced ...string) string {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.NewReplacer(append(replaced, "localhost:9000", strings.TrimPrefix(hook.URL, "http://"))...).Replace(line))
		cmd.Dir = filepath.Join("..", "..")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return string(out)
	}
	set := shell(lines[0] + "; printenv HOMING_CALLBACKS HOMING_CALLBACK_KEYS")
	targets, key, _ := strings.Cut(strings.TrimSpace(set), "\n")
	p := serve(t, "HOMING_CALLBACKS="+targets, "HOMING_CALLBACK_KEYS="+key)
	accepted := shell(lines[2], "http://127.0.0.1:8080", p.url)
	_, location, _ := strings.Cut(accepted, "Location: ")
	location, _, _ = strings.Cut(location, "\r\n")
	if !strings.HasPrefix(accepted, "HTTP/1.1 202") || location == "" {
		t.Fatalf("got %s", accepted)
	}
	select {
	case d := <-delivered:
		wh, err := standardwebhooks.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := wh.Verify([]byte(d.body), d.header); err != nil {
			t.Errorf("%v: %v", err, d.header)
		}
		if !strings.HasSuffix(location, "/"+d.header.Get("Webhook-Id")) || d.header.Get("Content-Type") != "application/cloudevents+json" ||
			!strings.Contains(d.body, `"type":"homing.quote.price"`) || !strings.Contains(d.body, `"data":{`) || strings.Contains(d.body, hook.URL) {
			t.Errorf("%s got %v\n%s", location, d.header, d.body)
		}
	case <-time.After(time.Minute):
		t.Error("nothing was delivered")
	}
}
