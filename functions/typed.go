package functions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Typed creates a [Function] from a function over plain Go values. The data of the
// event is read as JSON into In, and Out is written as JSON.
//
// Data that is empty or no JSON is answered with 400, a field of the wrong
// type with 422 and its JSON Pointer; f is not called then. Fields that In
// does not have are ignored.
func Typed[In, Out any](f func(context.Context, In) (Out, error)) Function {
	return func(ctx context.Context, ev event.Event) (*event.Event, error) {
		var in In
		if err := decode(ev.DataEncoded, &in); err != nil {
			return nil, err
		}
		out, err := f(ctx, in)
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(out)
		if err != nil {
			return nil, fmt.Errorf("write the result as JSON: %w", err)
		}
		jsonType := event.ApplicationJSON
		return &event.Event{
			Context:     &event.EventContextV1{DataContentType: &jsonType},
			DataEncoded: data,
		}, nil
	}
}

func decode(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if err == nil {
		return nil
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return Errorf(http.StatusBadRequest, "the body is empty; send a JSON document")
	}
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		return Invalid(FieldError{
			Pointer: pointer(wrongType.Field),
			Detail:  fmt.Sprintf("must be %s, but is a JSON %s", jsonKind(wrongType), wrongType.Value),
		})
	case errors.As(err, &syntax):
		return Errorf(http.StatusBadRequest, "the body is not JSON: %s at byte %d", syntax.Error(), syntax.Offset)
	default: // an UnmarshalJSON or UnmarshalText method of In refused a value
		return &Error{Problem: Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  "Invalid request",
			Detail: err.Error(),
		}}
	}
}

// pointer turns encoding/json's "lines.sku" into "#/lines/sku".
func pointer(field string) string {
	if field == "" {
		return "#"
	}
	return "#/" + strings.NewReplacer("~", "~0", "/", "~1", ".", "/").Replace(field)
}

func jsonKind(e *json.UnmarshalTypeError) string {
	switch kind := e.Type.Kind().String(); {
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "a whole number in range"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "bool":
		return "true or false"
	case kind == "slice", kind == "array":
		return "an array"
	case kind == "struct", kind == "map":
		return "an object"
	default:
		return "a " + kind
	}
}
