package knative

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestTextStaysText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "1", "1.5", "true", "null", "~", "yes", "- a", "a: b", "# a", "a\nb", "*", "{", "quote.*", " a "} {
		data, err := encode("", []object{{{key: "k", value: text}}})
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := yaml.Unmarshal(data, &got); err != nil || got["k"] != text {
			t.Errorf("%q was read as %#v, %v, from %s", text, got["k"], err, data)
		}
	}
}

func TestDocumentsWithComments(t *testing.T) {
	t.Parallel()
	data, err := encode("About\n\nthis", []object{
		{{key: "a", value: 1, note: "one\ntwo"}, {key: "l", value: list{noted{value: object{{key: "b", value: true}}, note: "item"}, "x"}}},
		{{key: "c", value: object{}}},
	})
	want := header + `#
# About
#
# this
# one
# two
a: 1
l:
  # item
  - b: true
  - x
---
c: {}
`
	if err != nil || string(data) != want {
		t.Errorf("got %v:\n%s", err, data)
	}
}

func TestAValueThatIsNoneIsSaidWithItsPlace(t *testing.T) {
	t.Parallel()
	_, err := encode("", []object{{{key: "a", value: list{"x", noted{value: object{{key: "b", value: 1.5}}}}}}})
	if err == nil || !strings.HasPrefix(err.Error(), "a: item 1: b: float64 ") {
		t.Errorf("got %v", err)
	}
}
