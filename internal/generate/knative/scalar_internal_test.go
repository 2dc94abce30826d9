package knative

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// texts that would be read as something else if they stood in a template as
// they are.
func misleading() []string {
	return []string{
		"", "1", "1.5", "0x1", "true", "null", "~", "yes", "- a", "a: b", "# a", "a #b", "a\nb", "a\n", "\t", "*", "*a", "&a", "!a", "{", "[",
		"quote.*", " a ", "'", `"`, `\`, "%", "@", "`", "|", ">", "a:", "2024-05-01", "größe", "\u0085", "\u2028", "\x00", "\x7f", "\U0001F600",
		"---", "...", "<<", "=", ".inf", "http://$(POD_IP):8080", "http://10.244.*:8080", strings.Repeat("long text ", 50),
	}
}

func TestTextStaysText(t *testing.T) {
	t.Parallel()
	for _, text := range misleading() {
		written := scalar(text)
		if strings.ContainsAny(written, "\n\r") {
			t.Errorf("%q takes more than one line: %s", text, written)
		}
		for _, data := range []string{"k: " + written + "\n", "k:\n  - " + written + "\n", "# " + written + "\nk: " + written + " # b\n"} {
			var got map[string]any
			err := yaml.Unmarshal([]byte(data), &got)
			if list, ok := got["k"].([]any); ok && len(list) == 1 {
				got["k"] = list[0]
			}
			if err != nil || got["k"] != text {
				t.Errorf("%q was read as %#v, %v, from %s", text, got["k"], err, data)
			}
		}
	}
}

func FuzzScalar(f *testing.F) {
	for _, text := range misleading() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ToValidUTF8(text, "") != text {
			return // no text
		}
		var got map[string]any
		if err := yaml.Unmarshal([]byte("a: 1\nk: "+scalar(text)+"\nz: 2\n"), &got); err != nil || got["k"] != text || len(got) != 3 {
			t.Errorf("%q was read as %#v, %v, from %s", text, got["k"], err, scalar(text))
		}
	})
}
