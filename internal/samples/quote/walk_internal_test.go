package quote

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzWalk compares members and elements with encoding/json on valid JSON; on
// anything else they must only come back.
func FuzzWalk(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"a":1,"b":[{"c":"}"}],"\u00e9\"":"x\\"}`, ` [ 1 , "]" , [ [ ] ] , {} , -1e3 , true ] `,
		`{"a":`, `{"a"`, `["\`, `{"\`, `[[[`, `{"a" 1}`, `"`, `{"é":"ü","a":{},"a":2}`, "[\"\xff\"]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var raw json.RawMessage
		if json.Unmarshal(data, &raw) != nil {
			for range members(data) {
			}
			for range elements(data) {
			}
			return
		}
		switch raw[0] {
		case '{':
			sameMembers(t, raw)
		case '[':
			sameElements(t, raw)
		case '"':
			var want string
			if err := json.Unmarshal(raw, &want); err != nil || unquoted(jsontext.Value(raw)) != want {
				t.Errorf("%s is %q, want %q (%v)", raw, unquoted(jsontext.Value(raw)), want, err)
			}
		}
	})
}

func sameMembers(t *testing.T, raw json.RawMessage) {
	t.Helper()
	var want map[string]json.RawMessage
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	got := map[string]json.RawMessage{}
	for key, value := range members(jsontext.Value(raw)) {
		got[key] = json.RawMessage(value)
	}
	if len(got) != len(want) {
		t.Fatalf("%s: got %q, want %q", raw, got, want)
	}
	for key, value := range want {
		if string(got[key]) != string(value) {
			t.Errorf("%s: the value of %q is %q, want %q", raw, key, got[key], value)
		}
	}
}

func sameElements(t *testing.T, raw json.RawMessage) {
	t.Helper()
	var want []json.RawMessage
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	var got []json.RawMessage
	for value := range elements(jsontext.Value(raw)) {
		got = append(got, json.RawMessage(value))
	}
	if !slices.EqualFunc(got, want, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
		t.Errorf("%s: got %q, want %q", raw, got, want)
	}
}

func TestWalkEndsWhenItsCallerHasEnough(t *testing.T) {
	t.Parallel()
	seen := 0
	for range members(jsontext.Value(`{"a":1,"b":2}`)) {
		seen++
		break
	}
	for range elements(jsontext.Value(`[1,2]`)) {
		seen++
		break
	}
	if seen != 2 {
		t.Errorf("saw %d values, want 2", seen)
	}
}
