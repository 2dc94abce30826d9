package {{homing.package}}

import (
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
)

func Test{{homing.ident}}(t *testing.T) {
	in := event.New()
	in.SetExtension("httpquery", "name=Ada")
	got, err := {{homing.ident}}(t.Context(), in)
	if err != nil || string(got.Data()) != `{"name":["Ada"]}` {
		t.Errorf("got %v, %v", got, err)
	}
}
