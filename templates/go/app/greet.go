package function

import (
	"context"

	"github.com/homing-dev/homing/functions"
)

// Person is who is greeted.
type Person struct {
	Name string `json:"name"`
}

// Greeting is what the person hears.
type Greeting struct {
	Text string `json:"text"`
}

// Greet is the function greet of chain.yaml.
func Greet(_ context.Context, in Person) (Greeting, error) {
	if in.Name == "" {
		return Greeting{}, functions.Invalid(functions.FieldError{Pointer: "#/name", Detail: "is missing"})
	}
	return Greeting{Text: "Hello, " + in.Name}, nil
}
