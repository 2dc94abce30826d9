package wrk_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

func TestScriptPostsTheBodyAsJSON(t *testing.T) {
	t.Parallel()
	want := `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = "{\034a\034:\010 1}"
`
	if got := wrk.Script([]byte("{\"a\":\n 1}")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// read undoes what Lua does with a string of the script: \ddd and nothing else.
func read(t *testing.T, script string) string {
	t.Helper()
	_, quoted, _ := strings.Cut(script, "wrk.body = ")
	text := strings.TrimSuffix(strings.TrimPrefix(quoted, `"`), "\"\n")
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		n, err := strconv.ParseUint(text[i+1:i+4], 10, 8)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out = append(out, byte(n))
		i += 3
	}
	return string(out)
}

func FuzzScriptCarriesAnyBody(f *testing.F) {
	for _, seed := range []string{"", `{"a":1}`, "\x00\x01123", "é\xff", `\"`, "]]", "\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		script := wrk.Script([]byte(body))
		if strings.Count(script, "\n") != 3 || strings.Count(script, `"`) != 8 {
			t.Fatalf("%q breaks out of its string: %s", body, script)
		}
		if got := read(t, script); got != body {
			t.Fatalf("got %q, want %q", got, body)
		}
	})
}
