package chainfile_test

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions/chainfile"
)

// FuzzSecretsAreNeverShown holds that whatever a url, a header and a secret are, no
// error and nothing that is printed of the chains has the secret, and that nothing
// stays unresolved.
func FuzzSecretsAreNeverShown(f *testing.F) {
	f.Add("http://h/${KEY}?a=${A}&b=$$", "Bearer ${KEY}", "x", "")
	f.Add("${KEY}", "${KEY}${KEY}", "http://h", "http://other")
	f.Add("lambda:${A}", "$${KEY}", "\n%", "lambda:x")
	f.Add("${A}://${KEY}@h/#${", "$KEY", "https", "::")
	f.Fuzz(func(t *testing.T, url, header, value, other string) {
		const marker = "7hE-5ecret"
		if strings.Contains(url+header+value+other, marker) {
			return
		}
		file, err := yaml.Marshal(map[string]any{"chains": []any{map[string]any{
			"name": "a", "route": "POST /a", "secrets": []string{"KEY"},
			"steps": []any{map[string]any{"name": "b", "url": url, "headers": map[string]string{"X-A": header}}},
		}}})
		if err != nil {
			return
		}
		env := chainfile.Environment{
			Lookup: func(name string) (string, bool) {
				v, ok := map[string]string{"KEY": marker + value, "A": value}[name]
				return v, ok
			},
		}
		if other != "" {
			env.URLs = map[string]string{"a.b": other}
		}
		chains, err := chainfile.Parse("chain.yaml", file, nil, chainfile.Serve(env))
		if text := fmt.Sprintf("%v %+v %#v", err, chains, chains); strings.Contains(text, marker) {
			t.Errorf("it is shown: %s", text)
		}
		if err == nil && chains[0].Steps[0].Remote == nil {
			t.Error("it is not resolved")
		}
	})
}
