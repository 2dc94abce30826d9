package jsonscan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/homing-dev/homing/internal/jsonscan"
)

// A reader takes what it knows and passes over the rest, which is checked all
// the same.
func Example() {
	s := jsonscan.New([]byte(`{"id": "a\u002fb", "data": {"x": [1, 2]}, "more": null}`), 10)
	err := s.List('{', '}', func() error {
		name, _, err := s.Text()
		if err != nil {
			return err
		}
		if err := s.Colon(); err != nil {
			return err
		}
		if string(name) == "id" {
			id, _, err := s.Text()
			fmt.Printf("id is %s\n", id)
			return err
		}
		value, err := s.Value()
		fmt.Printf("%s is %s\n", name, value)
		return err
	})
	fmt.Println(err, s.End())
	// Output:
	// id is a/b
	// data is {"x": [1, 2]}
	// more is null
	// <nil> <nil>
}

func TestFaultsHaveTheirByte(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		err    error
		offset int
	}{
		``:              {jsonscan.ErrEnd, 0},
		` [1, `:         {jsonscan.ErrEnd, 5},
		`[1 2]`:         {jsonscan.ErrSyntax, 3},
		`[1, ]`:         {jsonscan.ErrSyntax, 4},
		`[1}`:           {jsonscan.ErrSyntax, 2},
		`{"a" 1}`:       {jsonscan.ErrSyntax, 5},
		`{1:2}`:         {jsonscan.ErrSyntax, 1},
		`nulx`:          {jsonscan.ErrSyntax, 3},
		`-x`:            {jsonscan.ErrSyntax, 1},
		`1.`:            {jsonscan.ErrEnd, 2},
		`"a\x"`:         {jsonscan.ErrSyntax, 3},
		`"a\u12g4"`:     {jsonscan.ErrSyntax, 6},
		`"a\`:           {jsonscan.ErrEnd, 3},
		"\"a\n\"":       {jsonscan.ErrSyntax, 2},
		"1\x00":         {jsonscan.ErrTrailing, 1},
		`{} {}`:         {jsonscan.ErrTrailing, 3},
		`[[[[0]]]]`:     {jsonscan.ErrDepth, 4},
		`[[[{}]], 1 2]`: {jsonscan.ErrDepth, 4},
	} {
		s := jsonscan.New([]byte(text), 3)
		_, err := s.Value()
		if err == nil {
			err = s.End()
		}
		var got *jsonscan.Error
		if !errors.As(err, &got) || !errors.Is(err, want.err) || got.Offset != want.offset {
			t.Errorf("%s: got %v, want %v, at byte %d", text, err, want.err, want.offset)
		}
	}
}

// FuzzAgainstEncodingJSON holds that the scanner takes what encoding/json takes
// and reads a string as it does.
func FuzzAgainstEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1.5e-3,-0,"\u00e9\n\/",{},[]],"b":false,"c":null}`, ` [ true ] `, `"\ud83d\ude00\ud83d"`, `[1,]`, `{"a":}`, `01`, `1e+`, `"\`, "\"\xff\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, ok := jsonscan.Only(text, 10_000)
		if want := json.Valid(text) && utf8.Valid(text); ok != want {
			t.Fatalf("%q: taken: %t, want %t", text, ok, want)
		}
		if !ok {
			return
		}
		if string(value) != strings.Trim(string(text), " \t\r\n") {
			t.Errorf("%q became %q", text, value)
		}
		if value[0] != '"' {
			return
		}
		var want string
		if err := json.Unmarshal(value, &want); err != nil {
			t.Fatal(err)
		}
		s := jsonscan.New(text, 1)
		got, whole, err := s.Text()
		if err != nil || string(got) != want || !whole && !strings.ContainsRune(want, utf8.RuneError) {
			t.Errorf("%q: got %q, %t, %v", text, got, whole, err)
		}
	})
}
