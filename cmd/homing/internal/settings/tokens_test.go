package settings_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/settings"
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
	path := write(t, "tokens", "# ours\n\n  shop = with,comma=and-equals \nbank=second\n")
	got, err := settings.Tokens("a=one, b=two", path)
	want := []adapter.Token{
		{Tenant: "a", Secret: "one"},
		{Tenant: "b", Secret: "two"},
		{Tenant: "shop", Secret: "with,comma=and-equals"},
		{Tenant: "bank", Secret: "second"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestNoTokensAreNoError(t *testing.T) {
	t.Parallel()
	if got, err := settings.Tokens("", ""); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestWrongTokensAreNamedByPlaceAndNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2hunter2"
	for name, tc := range map[string]struct{ list, file, want string }{
		"no tenant in the list": {list: "a=one," + secret, want: "--tokens: item 2"},
		"empty tenant":          {list: "=" + secret, want: "--tokens: item 1"},
		"empty secret":          {list: "a=", want: "--tokens: item 1"},
		"comma at the end":      {list: "a=" + secret + ",", want: "--tokens: item 2"},
		"no tenant in the file": {file: "# x\n" + secret + "\n", want: ":2 is not tenant=secret"},
		"nothing in the file":   {file: "# x\n", want: "there is no token"},
		"a line without an end": {file: strings.Repeat(secret, 10_000), want: "there is no token"},
	} {
		path := ""
		if tc.file != "" {
			path = write(t, "tokens", tc.file)
		}
		_, err := settings.Tokens(tc.list, path)
		if exit.Code(err) != exit.Misused || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := settings.Tokens("", filepath.Join(t.TempDir(), "missing")); exit.Code(err) != exit.Misused {
		t.Errorf("a missing file gives %v", err)
	}
}
