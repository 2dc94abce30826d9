package environment_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/runtimes/internal/environment"
)

func reader(vars map[string]string) *environment.Reader {
	return &environment.Reader{Getenv: func(name string) string { return vars[name] }}
}

func TestWhatIsSetIsRead(t *testing.T) {
	t.Parallel()
	r := reader(map[string]string{"TEXT": "x", "TIME": "90s", "YES": "true", "LIST": " a ,,b", "N": "12"})
	if got := r.Required("TEXT", "a text"); got != "x" {
		t.Errorf("text %q", got)
	}
	if got := r.Duration("TIME", time.Second); got != 90*time.Second {
		t.Errorf("time %s", got)
	}
	if !r.Bool("YES") {
		t.Error("not true")
	}
	if got := r.List("LIST"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("list %q", got)
	}
	if got := environment.Parse(r, "N", func(s string) (int, error) { return len(s), nil }); got != 2 {
		t.Errorf("parsed %d", got)
	}
	r.CheckURL("URL", "https://example.com/a")
	if err := r.Err(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotSetHasItsDefault(t *testing.T) {
	t.Parallel()
	r := reader(nil)
	got := environment.Parse(r, "N", func(string) (int, error) { return 1, errors.New("called") })
	if r.Duration("TIME", time.Minute) != time.Minute || r.Bool("YES") || r.List("LIST") != nil || got != 0 {
		t.Error("no default")
	}
	r.CheckURL("URL", "")
	if err := r.Err(); err != nil {
		t.Error(err)
	}
}

func TestEveryErrorIsReportedAtOnceAndNoSecret(t *testing.T) {
	t.Parallel()
	bad := errors.New("not a number")
	r := reader(map[string]string{"SOON": "soon", "ZERO": "0s", "MAYBE": "maybe", "N": "hunter2"})
	r.Required("TEXT", "the text of it")
	r.Duration("SOON", time.Minute)
	r.Duration("ZERO", time.Minute)
	r.Bool("MAYBE")
	environment.Parse(r, "N", func(string) (int, error) { return 0, bad })
	for _, value := range []string{"kafka://user:hunter2@b", "http://", "/relative", "host:80", "http://{x}"} {
		r.CheckURL("URL", value)
	}
	r.Invalid("%s does not fit", "THIS")
	err := r.Err()
	for _, want := range []string{
		"TEXT is missing: the text of it", `SOON is "soon"`, `ZERO is "0s"`, "such as 1m0s", `MAYBE is "maybe"`, "N: not a number", "URL is no", "THIS does",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if !errors.Is(err, bad) || strings.Contains(err.Error(), "hunter2") || strings.Count(err.Error(), "URL is no") != 5 {
		t.Errorf("got %v", err)
	}
}
