// Command app is an app of typed functions, whose OpenAPI document is checked.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

//go:embed chain.yaml
var chains []byte

type line struct {
	SKU      string `json:"sku"      jsonschema:"required,minLength=1"`
	Quantity uint   `json:"quantity"`
}

type order struct {
	Lines []line            `json:"lines"           jsonschema:"required"`
	Gift  bool              `json:"gift,omitempty"`
	Due   *time.Time        `json:"due,omitempty"`
	Notes map[string]string `json:"notes,omitempty"`
}

type audited struct {
	At time.Time `json:"at"`
}

type page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

type receipt struct {
	audited

	ID    string          `json:"id"`
	Total int64           `json:"total,string"`
	Lines []line          `json:"lines,omitempty"`
	Extra json.RawMessage `json:"extra,omitempty"`
}

type category struct {
	Name string     `json:"name"`
	Subs []category `json:"subs,omitempty"`
}

func main() {
	runtimes.Main(chains, functions.Map{
		"place": functions.TypedEvent(place), "list": functions.TypedEvent(list), "tree": functions.Typed(tree), "sign": sign,
	})
}

func place(_ context.Context, in order, ev event.Event, reply *event.Event) (receipt, error) {
	if len(in.Lines) == 0 {
		return receipt{}, functions.Invalid(functions.FieldError{Pointer: "#/lines", Detail: "is empty"})
	}
	functions.SetHeader(reply, "Location", "/shops/"+url.PathEscape(functions.PathValue(ev, "shop"))+"/orders/1")
	return receipt{audited: audited{time.Unix(0, 0).UTC()}, ID: "1", Total: int64(len(in.Lines)), Lines: in.Lines}, nil
}

func list(_ context.Context, _ struct{}, ev event.Event, reply *event.Event) (page[receipt], error) {
	functions.SetHeader(reply, "Cache-Control", "max-age=60")
	return page[receipt]{Items: []receipt{{ID: functions.Query(ev).Get("after")}}}, nil
}

func tree(_ context.Context, in category) (category, error) {
	return category{Name: "all", Subs: []category{in}}, nil
}

// sign is a form with a name and a file.
func sign(_ context.Context, in event.Event) (*event.Event, error) {
	form, err := functions.Form(in)
	if err != nil {
		return nil, err
	}
	out := event.New()
	return &out, out.SetData("text/plain", "Signed: "+strings.Join(form.Value["name"], ", "))
}
