package settings_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/internal/settings"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTokensComeFromTheListAndTheFile(t *testing.T) {
	t.Parallel()
	path := write(t, "tokens", "# ours\n\n  shop = with,comma=and-equals \nbank=second-of-sixteen\n")
	for _, r := range runtimes() {
		c, err := load(r, "HOMING_TOKENS=a=one-of-sixteen-chars, b=two-of-sixteen-chars", "HOMING_TOKENS_FILE="+path)
		want := []adapter.Token{
			{Tenant: "a", Secret: "one-of-sixteen-chars"},
			{Tenant: "b", Secret: "two-of-sixteen-chars"},
			{Tenant: "shop", Secret: "with,comma=and-equals"},
			{Tenant: "bank", Secret: "second-of-sixteen"},
		}
		if err != nil || !slices.Equal(c.Tokens, want) {
			t.Errorf("%s: got %v, %v; want %v", r, c.Tokens, err, want)
		}
	}
}

func TestWrongTokensAreNamedByPlaceAndNeverShown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ list, file, want string }{
		"no tenant in the list": {list: "a=" + secret + "," + secret, want: "HOMING_TOKENS: entry 2"},
		"empty tenant":          {list: "=" + secret, want: "HOMING_TOKENS: entry 1"},
		"empty secret":          {list: "a=", want: "HOMING_TOKENS: entry 1"},
		"short secret":          {list: "a=hunter2", want: "HOMING_TOKENS: entry 1"},
		"no token in the list":  {list: " ,", want: "HOMING_TOKENS: there is no entry"},
		"no tenant in the file": {file: "# x\n" + secret + "\n", want: ":2 is not tenant=secret"},
		"short in the file":     {file: "a=hunter2\n", want: ":1 is not tenant=secret"},
		"nothing in the file":   {file: "# x\n", want: "there is no token"},
		"a line without an end": {file: strings.Repeat(secret, 10_000), want: "there is no token"},
	} {
		environ := []string{"HOMING_TOKENS=" + tc.list}
		if tc.file != "" {
			environ = append(environ, "HOMING_TOKENS_FILE="+write(t, "tokens", tc.file))
		}
		_, err := settings.Load(settings.Input{Environ: environ})
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
