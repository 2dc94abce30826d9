package quote_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// TestGolden holds whole replies, indented for the reader. Run it with
// UPDATE_GOLDEN=1 to write them anew, and read the difference.
func TestGolden(t *testing.T) {
	t.Parallel()
	f := newFunctions(t)
	for _, name := range []string{"order", "bern", "kuwait", "new-york", "tokyo"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := run(t.Context(), f, readFile(t, "../../../testdata/"+name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, reply, "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			golden := "../../../testdata/" + name + ".quote.json"
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := readFile(t, golden); !bytes.Equal(got.Bytes(), want) {
				t.Errorf("the quote differs from %s:\n%s", golden, got.Bytes())
			}
			holds(t, parse(t, reply))
		})
	}
}

func TestSameOrderGivesSameBytes(t *testing.T) {
	t.Parallel()
	order := readFile(t, "../../../testdata/order.json")
	want, err := run(t.Context(), newFunctions(t), order)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		// New tables each time: the order of a map must not matter either.
		got, err := run(t.Context(), newFunctions(t), order)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %s, %v; the first call gave %s", got, err, want)
		}
	}
}

func TestFunctionsMayBeCalledByManyGoroutines(t *testing.T) {
	t.Parallel()
	f := newFunctions(t)
	order := readFile(t, "../../../testdata/order.json")
	want, err := run(t.Context(), f, order)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			if got, err := run(t.Context(), f, order); err != nil || !bytes.Equal(got, want) {
				t.Errorf("got %s, %v; want %s", got, err, want)
			}
		})
	}
}
