package function

import "github.com/homing-dev/homing/functions"

// Functions returns the functions that chain.yaml may name.
func Functions() functions.Map {
	return functions.Map{
		"greet": functions.Typed(Greet),
	}
}
