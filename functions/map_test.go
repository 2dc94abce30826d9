package functions_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

type person struct {
	Name string `json:"name"`
}

func greet(_ context.Context, in person) (string, error) { return "Hello, " + in.Name, nil }

func plain(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

type named func(context.Context, event.Event) (*event.Event, error)

func TestAMapHasPlainAndTypedFunctions(t *testing.T) {
	t.Parallel()
	m := functions.Map{"plain": plain, "typed": functions.Typed(greet), "named": named(plain)}
	known, err := m.Functions()
	if err != nil || len(known) != 3 {
		t.Fatalf("got %v, %v", known, err)
	}
	out, err := known["typed"](t.Context(), event.Event{Context: &event.EventContextV1{}, DataEncoded: []byte(`{"name":"Ada"}`)})
	if err != nil || string(out.DataEncoded) != `"Hello, Ada"` {
		t.Errorf("got %v, %v", out, err)
	}
	in, result, ok := m.Types("typed")
	if !ok || in != reflect.TypeFor[person]() || result != reflect.TypeFor[string]() {
		t.Errorf("got %v, %v, %v", in, result, ok)
	}
	for _, name := range []string{"plain", "nobody"} {
		if _, _, ok := m.Types(name); ok {
			t.Errorf("%s says its types", name)
		}
	}
}

func TestAMapNamesEverythingThatIsNoFunction(t *testing.T) {
	t.Parallel()
	var missing functions.Function
	_, err := functions.Map{"a": greet, "b": "text", "c": nil, "d": missing, "e": plain, "f": errors.New("no table")}.Functions()
	for _, want := range []string{"function a is a func(context.Context, functions_test.person)", "functions.Typed", "function b is a string", "c is nil", "d is nil", "function f: no table"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}
