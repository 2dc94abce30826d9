package functions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
)

// TypedFunction is a [Function] that keeps which types it reads and writes; see
// [WithTypes].
type TypedFunction[In, Out any] func(ctx context.Context, in event.Event) (*event.Event, error)

// Types implements [WithTypes].
func (TypedFunction[In, Out]) Types() (in, out reflect.Type) {
	return reflect.TypeFor[In](), reflect.TypeFor[Out]()
}

// Typed creates a [Function] from a function over plain Go values. The data of the
// event is read as JSON into In, and Out is written as JSON.
//
// Data that is empty, no JSON or not UTF-8 is answered with 400, a field of the
// wrong type with 422 and its JSON Pointer; f is not called then. A byte order
// mark is skipped. Fields that In does not have are ignored.
func Typed[In, Out any](f func(context.Context, In) (Out, error)) TypedFunction[In, Out] {
	return TypedEvent(func(ctx context.Context, in In, _ event.Event, _ *event.Event) (Out, error) { return f(ctx, in) })
}

// TypedEvent is [Typed] for a function that also wants the event: for [Query],
// [Header], [PathValue] and the like. It can set what is left to set of its reply,
// such as by [SetStatus] and [SetHeader]; the data is Out, the datacontenttype
// application/json unless it sets another, such as application/hal+json. With an
// error the reply counts for nothing.
//
// An In of struct{} is for requests that need no body, such as those of a GET.
func TypedEvent[In, Out any](f func(ctx context.Context, in In, ev event.Event, reply *event.Event) (Out, error)) TypedFunction[In, Out] {
	bodiless := reflect.TypeFor[In]() == reflect.TypeFor[struct{}]()
	return func(ctx context.Context, ev event.Event) (*event.Event, error) {
		var in In
		if !bodiless || len(ev.DataEncoded) > 0 {
			if err := decode(ev.DataEncoded, &in); err != nil {
				return nil, err
			}
		}
		jsonType := event.ApplicationJSON
		reply := &event.Event{Context: &event.EventContextV1{DataContentType: &jsonType}}
		out, err := f(ctx, in, ev, reply)
		if err != nil {
			return nil, err
		}
		if reply.DataEncoded, err = json.Marshal(out); err != nil {
			return nil, fmt.Errorf("write the result as JSON: %w", err)
		}
		return reply, nil
	}
}

// byteOrderMark may begin a text in UTF-8, and a parser of JSON may skip it
// (RFC 8259 section 8.1).
const byteOrderMark = "\ufeff"

func decode(given []byte, into any) error {
	data := bytes.TrimPrefix(given, []byte(byteOrderMark))
	skipped := len(given) - len(data)
	if at := notUTF8(data); at >= 0 { // encoding/json would put U+FFFD there
		return Errorf(http.StatusBadRequest, "the body is not UTF-8 at byte %d, counted from 0", at+skipped)
	}
	if at := halfSurrogate(data); at >= 0 && json.Valid(data) { // the same
		return Errorf(http.StatusBadRequest, "the body has half of a surrogate pair at byte %d, counted from 0", at+skipped)
	}
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
		return Errorf(http.StatusBadRequest, "the body is not JSON: %s at byte %d", syntax.Error(), syntax.Offset+int64(skipped))
	default: // an UnmarshalJSON or UnmarshalText method of In refused a value
		return &Error{Problem: Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  "Invalid request",
			Detail: err.Error(),
		}}
	}
}

// notUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func notUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// halfSurrogate returns the offset of the first escape in JSON that is one half of
// a surrogate pair without the other, or -1.
func halfSurrogate(data []byte) int {
	for at := 0; ; {
		next := bytes.IndexByte(data[at:], '\\')
		if next < 0 {
			return -1
		}
		at += next
		first := escaped(data[at:])
		switch {
		case !utf16.IsSurrogate(first):
			at += len(`\"`) // of any escape, whose digits are no backslash
		case utf16.DecodeRune(first, escaped(data[at+len(`\ud800`):])) == utf8.RuneError:
			return at
		default:
			at += len(`\ud800\udc00`)
		}
		at = min(at, len(data))
	}
}

// escaped returns the code unit of the escape \uXXXX with which data begins, or 0.
func escaped(data []byte) rune {
	if len(data) < len(`\ud800`) || data[0] != '\\' || data[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(data[2:len(`\ud800`)]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
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
