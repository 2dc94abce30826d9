package needs_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/needs"
)

// steps are functions by names, and remote steps by names with a slash before them.
func steps(names string) []functions.Step {
	var out []functions.Step
	for name := range strings.FieldsSeq(names) {
		if remote, ok := strings.CutPrefix(name, "/"); ok {
			out = append(out, functions.Step{Name: remote, URL: "https://x.test/" + remote})
		} else {
			out = append(out, functions.Step{Name: name, Uses: name})
		}
	}
	return out
}

func TestARemoteStepNeedsNoProcessOfItsOwn(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a b":          "a | b",
		"a /u b":       "a u | b",
		"/u a":         "u a",
		"/u /v a b /w": "u v a | b w",
		"/u":           "u",
		"/u /v":        "u v",
	} {
		var got, named []string
		for _, process := range needs.Processes(steps(in)) {
			var names []string
			for _, s := range process {
				names = append(names, s.Name)
			}
			got = append(got, strings.Join(names, " "))
			named = append(named, needs.NameOf(process))
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("%s: %q, want %s", in, got, want)
		}
		if in == "/u a" && named[0] != "a" || in == "/u /v" && named[0] != "u" {
			t.Errorf("%s is named %q", in, named)
		}
	}
}

func TestAProcessNeedsWhatItsStepsDo(t *testing.T) {
	t.Parallel()
	c := functions.Chain{
		Name: "q", Env: map[string]string{"CLEAN_URL": "http://clean", "LEVEL": "1"}, Secrets: []string{"KEY", "TOKEN"},
		Steps: []functions.Step{
			{Name: "clean", URL: "${CLEAN_URL}/${PLACE}", Headers: map[string]string{"Authorization": "Bearer ${TOKEN}"}},
			{Name: "price", Uses: "price"},
		},
	}
	clean := needs.Environment{Variables: []needs.Variable{
		{Name: "CLEAN_URL", Default: "http://clean", HasDefault: true, Step: "q.clean"},
		{Name: "PLACE", Step: "q.clean"},
	}, Secrets: []string{"TOKEN"}}
	if got := needs.Of(c, c.Steps[0]); !reflect.DeepEqual(got, clean) {
		t.Errorf("the remote step needs %+v", got)
	}
	all := needs.OfAll([]functions.Chain{c, {Name: "other", Env: map[string]string{"PLACE": "1"}, Steps: []functions.Step{{Name: "x", Uses: "x"}}}})
	names := ""
	for _, v := range all.Variables {
		names += " " + v.Name
		if !v.HasDefault {
			t.Errorf("%s has no default, though a chain has one", v.Name)
		}
	}
	if names != " CLEAN_URL LEVEL PLACE" || !reflect.DeepEqual(all.Secrets, []string{"KEY", "TOKEN"}) {
		t.Errorf("all steps need%s and %q", names, all.Secrets)
	}
}
