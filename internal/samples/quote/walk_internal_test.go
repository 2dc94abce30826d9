package quote

import (
	"encoding/json"
	"slices"
	"testing"
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
		switch kind(raw) {
		case kindObject:
			sameMembers(t, raw)
		case kindArray:
			sameElements(t, raw)
		case kindString:
			var want string
			if err := json.Unmarshal(raw, &want); err != nil || string(unquoted(raw)) != want {
				t.Errorf("%s is %q, want %q (%v)", raw, unquoted(raw), want, err)
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
	for key, value := range members(raw) {
		got[string(key)] = value
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
	for i, value := range elements(raw) {
		if i != len(got) {
			t.Errorf("element %d has the index %d", len(got), i)
		}
		got = append(got, value)
	}
	if !slices.EqualFunc(got, want, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
		t.Errorf("%s: got %q, want %q", raw, got, want)
	}
}

func TestWalkEndsWhenItsCallerHasEnough(t *testing.T) {
	t.Parallel()
	seen := 0
	for range members(json.RawMessage(`{"a":1,"b":2}`)) {
		seen++
		break
	}
	for range elements(json.RawMessage(`[1,2]`)) {
		seen++
		break
	}
	if seen != 2 {
		t.Errorf("saw %d values, want 2", seen)
	}
}
