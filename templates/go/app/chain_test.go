package function

import (
	"net/http"
	"testing"

	"github.com/homing-dev/homing/homingtest"
)

func TestGreetingIsAnsweredInTheSameCall(t *testing.T) {
	app := homingtest.New(t, Chains, Functions())
	var got Greeting
	app.Post("/greet", Person{Name: "Ada"}).Want(http.StatusOK).JSON(&got)
	if got.Text != "Hello, Ada" {
		t.Errorf("got %q", got.Text)
	}
}

func TestGreetingCanBeFetchedLater(t *testing.T) {
	app := homingtest.New(t, Chains, Functions())
	accepted := app.Post("/greet", Person{Name: "Ada"}, homingtest.Async()).Want(http.StatusAccepted)
	accepted.Wait().Want(http.StatusOK)
}

func TestGreetingNamesTheFieldThatIsMissing(t *testing.T) {
	app := homingtest.New(t, Chains, Functions())
	p := app.Post("/greet", `{}`).Want(http.StatusUnprocessableEntity).Problem()
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "#/name" {
		t.Errorf("got %+v", p)
	}
}
