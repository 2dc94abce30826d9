package functions

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Map is the functions of an app, by the names that the steps of its chains use.
// Each is a [Function], or one that [Typed] has made, which keeps its types here:
//
//	functions.Map{"audit": audit, "greet": functions.Typed(greet)}
//
// An error in the place of a function says why that could not be prepared. Anything
// else is an error of [Map.Functions], since Go has no type for these two.
type Map map[string]any

// WithTypes is a function that says what it reads and writes, as that of [Typed]
// does; a document about its chain can show that.
type WithTypes interface {
	Types() (in, out reflect.Type)
}

// Functions returns the functions. The error names each that is none.
func (m Map) Functions() (map[string]Function, error) {
	out := make(map[string]Function, len(m))
	var errs []error
	function := reflect.TypeFor[Function]()
	for _, name := range slices.Sorted(maps.Keys(m)) {
		f := reflect.ValueOf(m[name])
		err, failed := m[name].(error)
		switch {
		case failed:
			errs = append(errs, fmt.Errorf("the function %s: %w", name, err))
		case !f.IsValid() || f.Kind() == reflect.Func && f.IsNil():
			errs = append(errs, fmt.Errorf("the function %s is nil", name))
		case !f.CanConvert(function):
			errs = append(errs, fmt.Errorf("the function %s is a %s; it must be a %s, or be wrapped by functions.Typed", name, f.Type(), function))
		default:
			out[name], _ = reflect.TypeAssert[Function](f.Convert(function))
		}
	}
	return out, errors.Join(errs...)
}

// Types returns what a function reads and writes. ok is false if it does not say.
func (m Map) Types(name string) (in, out reflect.Type, ok bool) {
	f, ok := m[name].(WithTypes)
	if !ok {
		return nil, nil, false
	}
	in, out = f.Types()
	return in, out, true
}

// WithTypes sets In and Out of those steps of chains whose functions say them.
func (m Map) WithTypes(chains []Chain) []Chain {
	for _, c := range chains {
		for i, s := range c.Steps {
			if in, out, ok := m.Types(s.Uses); ok {
				c.Steps[i].In, c.Steps[i].Out = in, out
			}
		}
	}
	return chains
}
