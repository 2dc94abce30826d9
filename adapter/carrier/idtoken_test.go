package carrier_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

// token is an ID token as far as its claims are read.
func token(audience string, expiry time.Time, mark string) string {
	claims := fmt.Sprintf(`{"aud":%s,"exp":%d,"sub":%q}`, audience, expiry.Unix(), mark)
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

func authorized(t *testing.T, tokens *carrier.IDTokens) (string, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://score.example/", nil)
	err := tokens.Authorize(r, nil)
	return r.Header.Get("Authorization"), err
}

func TestIDTokenOfAFileIsReadAgainAsItRotates(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	tokens := carrier.NewIDTokens("shop", file)
	for _, tt := range []struct{ content, want string }{
		{token(`["x","shop"]`, time.Now().Add(time.Hour), "1") + "\n", ""},
		{token(`"shop"`, time.Now().Add(time.Hour), "2"), ""},
		{token(`"other"`, time.Now().Add(time.Hour), "3"), `the token is for ["other"]`},
		{token(`"shop"`, time.Now().Add(-time.Hour), "4"), "the token has expired at "},
		{"no token", "it is no JSON Web Token"},
		{"a.b.c", "it is no JSON Web Token"},
		{"", "it is no JSON Web Token"},
	} {
		if err := os.WriteFile(file, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := authorized(t, tokens)
		switch {
		case tt.want == "" && (err != nil || got != "Bearer "+strings.TrimSpace(tt.content)):
			t.Errorf("got %q, %v", got, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "for shop")):
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := authorized(t, tokens); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}

func TestIDTokenOfTheMetadataServer(t *testing.T) { //nolint:paralleltest // its host is set by the environment
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Metadata-Flavor") != "Google" || !strings.HasSuffix(r.URL.Path, "/default/identity") {
			t.Errorf("asked for %s", r.URL)
		}
		if r.FormValue("audience") == "none" {
			http.Error(w, "no service account", http.StatusNotFound)
			return
		}
		life := time.Minute // less than it is kept for
		if asked.Add(1) > 1 {
			life = time.Hour
		}
		_, _ = w.Write([]byte(token(`"`+r.FormValue("audience")+`"`, time.Now().Add(life), "m")))
	}))
	defer srv.Close()
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(srv.URL, "http://"))
	tokens := carrier.NewIDTokens("https://score.example/?a=b&c", "")
	for range 4 {
		if got, err := authorized(t, tokens); err != nil || !strings.HasPrefix(got, "Bearer e30.") {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("it was asked %d times, want 2: a token is kept until it is about to expire", asked.Load())
	}
	if _, err := authorized(t, carrier.NewIDTokens("none", "")); err == nil || !strings.Contains(err.Error(), "no service account") {
		t.Errorf("got %v", err)
	}
	t.Setenv("GCE_METADATA_HOST", "127.0.0.1:1")
	if _, err := authorized(t, carrier.NewIDTokens("x", "")); err == nil || !strings.Contains(err.Error(), "HOMING_OIDC_TOKEN_FILE") {
		t.Errorf("got %v", err)
	}
}

func TestAStepThatCannotBeAuthorizedHasNotGotTheEvent(t *testing.T) {
	t.Parallel()
	url, calls := answering(t, http.StatusOK, "")
	step := carrier.NewRemote(functions.Step{URL: url})
	step.Authorize = carrier.NewIDTokens("shop", filepath.Join(t.TempDir(), "none")).Authorize
	in, _ := request()
	_, err := client(t, carrier.Options{}).Remote(step)(t.Context(), in)
	failed, ok := err.(*carrier.StepError) //nolint:errorlint // it is returned as it is
	if !ok || !failed.Unsent() || failed.Problem.Status != http.StatusBadGateway || calls.Load() != 0 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
}
