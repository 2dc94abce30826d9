package render_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/render"
)

// shown is what a user sees.
type shown struct {
	out, err string
	failure  error
}

func show(r client.Reply, terminal, colour bool, o render.Options) shown {
	var out, errs bytes.Buffer
	stream := func(b *bytes.Buffer) console.Stream {
		return console.Stream{Writer: b, Terminal: terminal, Colour: colour}
	}
	failure := render.Reply(console.Console{Out: stream(&out), Err: stream(&errs)}, r, o)
	return shown{out.String(), errs.String(), failure}
}

func answer(status int, contentType, body string) client.Reply {
	return client.Reply{
		Status: status, Proto: "HTTP/1.1", Body: []byte(body),
		Header: http.Header{"Content-Type": {contentType}, "A": {"1", "2"}},
	}
}

func TestReplyIsShownAsItIsToPrograms(t *testing.T) {
	t.Parallel()
	for _, r := range []client.Reply{
		answer(200, "application/json", `{"a": 1}`), answer(200, "image/jpeg", "\xff\xd8\x00"), answer(204, "", ""),
	} {
		if got := show(r, false, false, render.Options{}); got.out != string(r.Body) || got.err != "" || got.failure != nil {
			t.Errorf("%q is shown as %+v", r.Body, got)
		}
	}
}

func TestReplyIsShownToPeople(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("\x00", 12_345)
	for name, tc := range map[string]struct {
		reply    client.Reply
		out, err string
	}{
		"JSON":              {answer(200, "application/json", `{"b":1,"a":[]}`), "{\n  \"b\": 1,\n  \"a\": []\n}\n", ""},
		"JSON of no type":   {answer(200, "", `[1]`), "[1]\n", ""},
		"text":              {answer(200, "text/plain", "hi"), "hi\n", ""},
		"text with an end":  {answer(200, "text/plain", "hi\n"), "hi\n", ""},
		"wrong JSON":        {answer(200, "application/json", `{"a":`), "{\"a\":\n", ""},
		"nothing":           {answer(204, "", ""), "", "204 No Content, no body\n"},
		"a picture":         {answer(200, "image/jpeg", big), "", "image/jpeg, 12 kB; use -o FILE\n"},
		"a small file":      {answer(200, "", "\x00\x01"), "", ", 2 bytes; use -o FILE\n"},
		"escape sequences":  {answer(200, "text/plain; charset=utf-8", "\x1b]0;own\x07"), "", "text/plain, 8 bytes; use -o FILE\n"},
		"a reversed text":   {answer(200, "text/plain", "\u202egnp.exe"), "", "text/plain, 10 bytes; use -o FILE\n"},
		"a large file":      {answer(200, "image/png", strings.Repeat(big, 200)), "", "image/png, 2.5 MB; use -o FILE\n"},
		"an odd media type": {answer(200, "\x1b[31m", big), "", "\ufffd[31m, 12 kB; use -o FILE\n"},
	} {
		got := show(tc.reply, true, false, render.Options{})
		if got.out != tc.out || !strings.HasSuffix(got.err, tc.err) || (tc.err == "") != (got.err == "") || got.failure != nil {
			t.Errorf("%s: shown as %+v", name, got)
		}
	}
}

func TestJSONIsColouredWhereColoursMayBe(t *testing.T) {
	t.Parallel()
	got := show(answer(200, "application/json", `{"a":1}`), true, true, render.Options{})
	if !strings.Contains(got.out, "\x1b[") || !strings.HasSuffix(got.out, "\n") {
		t.Errorf("got %q", got.out)
	}
}

func TestStatusAndHeadersAreIncluded(t *testing.T) {
	t.Parallel()
	r := answer(201, "text/plain", "x")
	r.Header.Set("Evil", "\x1b[2J")
	got := show(r, false, false, render.Options{Include: true})
	if want := "HTTP/1.1 201 Created\nA: 1\nA: 2\nContent-Type: text/plain\nEvil: \ufffd[2J\n\nx"; got.out != want {
		t.Errorf("got %q, want %q", got.out, want)
	}
}

func TestReplyIsSaved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.bin")
	got := show(answer(200, "image/png", "\x89PNG"), true, false, render.Options{Output: path})
	data, err := os.ReadFile(path)
	if err != nil || string(data) != "\x89PNG" || got.out != "" || got.err != path+": image/png, 4 bytes\n" || got.failure != nil {
		t.Errorf("saved %q, %v; shown as %+v", data, err, got)
	}
	impossible := render.Options{Output: filepath.Join(path, "no")}
	if got := show(answer(200, "", "x"), true, false, impossible); exit.Code(got.failure) != exit.Failed {
		t.Errorf("a file that cannot be made gives %v", got.failure)
	}
}

func TestMinusAsOutputForcesTheTerminal(t *testing.T) {
	t.Parallel()
	if got := show(answer(200, "", "\x00"), true, false, render.Options{Output: "-"}); got.out != "\x00" {
		t.Errorf("shown as %+v", got)
	}
}

func TestFailureIsNotSavedAsTheReply(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out")
	got := show(answer(500, "text/plain", "broken"), false, false, render.Options{Output: path})
	if _, err := os.Stat(path); err == nil || got.out != "broken" || exit.Code(got.failure) != exit.Failed {
		t.Errorf("stat gives %v; shown as %+v", err, got)
	}
}

func TestProblemIsReadable(t *testing.T) {
	t.Parallel()
	r := answer(422, "application/problem+json", `{"title":"Invalid request","status":422,"detail":"2 fields are wrong",
		"step":"check","attempt":2,"requestid":"id-1","errors":[
		{"pointer":"#/a","detail":"is missing"},{"pointer":"#/lines/0","detail":"bad\u001b[2J"}]}`)
	r.Header.Set("Location", "/requests/id-1")
	r.Header.Set("Retry-After", "3")
	const want = `422 Unprocessable Entity: Invalid request
  2 fields are wrong
  #/a        is missing
  #/lines/0  bad` + "\ufffd" + `[2J
  step check, attempt 2
  request id-1
  a late reply can be fetched from /requests/id-1
  try again after 3 s
`
	got := show(r, true, false, render.Options{})
	if got.err != want || got.out != "" || exit.Code(got.failure) != exit.Failed {
		t.Errorf("got %+v\nwant %s", got, want)
	}
	if got := show(r, false, false, render.Options{}); got.err != want || got.out != string(r.Body) {
		t.Errorf("to a program: %+v", got)
	}
}

func TestFailureThatIsNoProblemIsQuoted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reply client.Reply
		want  string
	}{
		"text":             {answer(502, "text/html", "<h1>Bad\n</h1>\n"), "502 Bad Gateway\n  <h1>Bad </h1>\n"},
		"nothing":          {answer(500, "", ""), "500 Internal Server Error\n"},
		"binary":           {answer(500, "", "\x00"), "500 Internal Server Error\n"},
		"wrong problem":    {answer(500, "application/problem+json", "{"), "500 Internal Server Error\n  {\n"},
		"long":             {answer(500, "", strings.Repeat("é", 600)), "500 Internal Server Error\n  " + strings.Repeat("é", 500) + "…\n"},
		"a status unknown": {answer(599, "", ""), "599\n"},
		"the usual title":  {answer(404, "application/problem+json", `{"title":"Not Found"}`), "404 Not Found\n"},
	} {
		if got := show(tc.reply, true, false, render.Options{}); got.err != tc.want {
			t.Errorf("%s: got %q, want %q", name, got.err, tc.want)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]reply.Progress{
		"":                               {Step: "a", State: "started", Attempt: 1},
		"✓ a":                            {Step: "a", State: "finished", Attempt: 1},
		"✓ a (attempt 2)":                {Step: "a", State: "finished", Attempt: 2},
		"✗ a: 500 Internal Server Error": {Step: "a", State: "failed", Attempt: 1, Status: 500},
		"↻ a: 429 Too Many Requests":     {Step: "a", State: "retrying", Attempt: 1, Status: 429},
		"· a dropped":                    {Step: "a", State: "dropped", Attempt: 1},
		"· \ufffda new":                  {Step: "\x1ba", State: "new"},
	} {
		if got := render.Progress(console.Stream{}, p); got != want {
			t.Errorf("%+v: got %q, want %q", p, got, want)
		}
	}
}
