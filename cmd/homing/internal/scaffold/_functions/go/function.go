package {{homing.package}}

import "context"

// {{homing.ident}} is the function {{homing.function}} of chain.yaml. Structs in the place of the maps let
// it check what it reads, and have the OpenAPI document show it.
func {{homing.ident}}(_ context.Context, in map[string]any) (map[string]any, error) {
	return in, nil
}
