package homingtest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/homingtest"
)

type person struct {
	Name string `json:"name"`
}

type greeting struct {
	Text string `json:"text"`
}

func greet(_ context.Context, in person) (greeting, error) {
	if in.Name == "" {
		return greeting{}, functions.Invalid(functions.FieldError{Pointer: "#/name", Detail: "is missing"})
	}
	return greeting{"Hello, " + in.Name}, nil
}

// An app embeds its chains: //go:embed chain.yaml.
const chains = `
chains:
  - name: greet
    route: POST /greet
    steps: [greet]
  - name: polite
    route: POST /polite
    steps:
      - function: greet
      - {name: clean, url: "http://clean.example/words?mild=yes"}
`

func fns() functions.Map { return functions.Map{"greet": functions.Typed(greet)} }

// A test of a chain calls it as its callers do.
func ExampleNew() {
	_ = func(t *testing.T) { // func TestGreet(t *testing.T)
		app := homingtest.New(t, []byte(chains), fns())

		var got greeting
		app.Post("/greet", person{"Ada"}).Want(http.StatusOK).JSON(&got)
		if got.Text != "Hello, Ada" {
			t.Errorf("got %q", got.Text)
		}
		if p := app.Post("/greet", `{}`).Problem(); p.Status != 422 || p.Errors[0].Pointer != "#/name" {
			t.Errorf("got %+v", p)
		}
	}
	// Output:
}

// A call that is not waited for has its reply later.
func ExampleAsync() {
	_ = func(t *testing.T) {
		app := homingtest.New(t, []byte(chains), fns())
		accepted := app.Post("/greet", person{"Ada"}, homingtest.Async()).Want(http.StatusAccepted)
		accepted.Wait().Want(http.StatusOK)
	}
	// Output:
}

// A step that runs at a URL is replaced by what a server there would do.
func ExampleRemote() {
	_ = func(t *testing.T) {
		clean := func(w http.ResponseWriter, r *http.Request) {
			var in greeting
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
				t.Error(err)
			}
			w.WriteHeader(http.StatusTeapot)
		}
		app := homingtest.New(t, []byte(chains), fns(), homingtest.Remote("clean", clean))
		app.Post("/polite", person{"Ada"}).Want(http.StatusTeapot)
	}
	// Output:
}
