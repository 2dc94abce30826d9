package {{homing.package}}

import "testing"

func Test{{homing.ident}}(t *testing.T) {
	got, err := {{homing.ident}}(t.Context(), map[string]any{"name": "Ada"})
	if err != nil || got["name"] != "Ada" {
		t.Errorf("got %v, %v", got, err)
	}
}
