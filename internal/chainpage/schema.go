package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
)

// object is a JSON object. encoding/json writes it in the order of its names.
type object = map[string]any

// field is a field of a mapping in the file.
type field struct {
	name     string
	required bool
	typ      reflect.Type
	tag      reflect.StructTag
}

func fieldsOf(t reflect.Type) []field {
	var all []field
	for f := range t.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			all = append(all, fieldsOf(f.Type)...)
		case name != "":
			all = append(all, field{name, option == "required", f.Type, f.Tag})
		}
	}
	return all
}

// schema returns the JSON Schema of chain.yaml, in the draft that editors know.
func schema() ([]byte, error) {
	definitions := object{}
	for _, t := range types() {
		definitions[t.Name()] = definition(t)
	}
	text, err := json.MarshalIndent(object{
		"$schema": "http://json-schema.org/draft-07/schema#", "title": "chain.yaml of Homing", "type": "object",
		"additionalProperties": false, "required": []string{"chains"}, "definitions": definitions,
		"properties": object{"chains": object{
			"type": "array", "minItems": 1, "maxItems": 1000, "items": refer(reflect.TypeFor[functions.Chain]()), //nolint:mnd // as the tag says
		}},
	}, "", "  ")
	return append(text, '\n'), err
}

// types are the mappings in the order of the reference.
func types() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[functions.Chain](),
		reflect.TypeFor[functions.CORS](), reflect.TypeFor[functions.Param](), reflect.TypeFor[functions.Step](),
		reflect.TypeFor[functions.Retry](), reflect.TypeFor[functions.Concurrency](), reflect.TypeFor[functions.Breaker](),
		reflect.TypeFor[functions.Auth](), reflect.TypeFor[functions.Scopes](), reflect.TypeFor[functions.Rate](),
		reflect.TypeFor[functions.Permission](),
	}
}

func refer(t reflect.Type) object { return object{"$ref": "#/definitions/" + t.Name()} }

// definition is the schema of a mapping, with its short form.
func definition(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range fieldsOf(t) {
		one := table()[t.Name()][f.name]
		property := property(f.typ, f.tag)
		if ref := property["$ref"]; ref != nil { // beside which nothing else is read
			property = object{"allOf": []any{object{"$ref": ref}}}
		}
		property["description"] = plain(one.text)
		properties[f.name] = property
		if f.required {
			required = append(required, f.name)
		}
	}
	out := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	has := func(names ...string) object { return object{"required": names} }
	switch t {
	case reflect.TypeFor[functions.Step]():
		remote := []any{has("url"), has("run"), has("answers"), has("headers"), has("auth")}
		out["oneOf"] = []any{
			object{"required": []string{"function"}, "not": object{"anyOf": remote}},
			object{"required": []string{"name"}, "anyOf": []any{has("url"), has("run")}, "not": has("function")},
		}
		return object{"anyOf": []any{object{"type": "string", "minLength": 1}, out}}
	case reflect.TypeFor[functions.Concurrency]():
		return object{"anyOf": []any{limited("integer", 1, `most:"1000000"`), out}}
	case reflect.TypeFor[functions.Auth]():
		out["oneOf"] = []any{has("sigv4"), has("oidc")}
	}
	return out
}

// plain is a text of the reference without its marks.
func plain(s string) string { return strings.ReplaceAll(s, "`", "") }

// property is the schema of a value, by its type and tag, which mean what they mean
// to package chainfile.
func property(t reflect.Type, tag reflect.StructTag) object {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return object{"type": "string", "pattern": `^(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`}
	case reflect.TypeFor[int64]():
		return object{"anyOf": []any{
			object{"type": "integer", "minimum": 1}, object{"type": "string", "pattern": `^[0-9]*[1-9][0-9]*(KB|KiB|MB|MiB|GB|GiB)?$`},
		}}
	}
	switch t.Kind() { //nolint:exhaustive // no other kind is in the file
	case reflect.String:
		return text(tag.Get("rule"))
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return limited("integer", 1, tag)
	case reflect.Float64:
		return limited("number", 0, tag)
	case reflect.Slice:
		list := object{"type": "array", "minItems": 1, "items": property(t.Elem(), tag)}
		if t.Elem().Kind() == reflect.String {
			list["uniqueItems"] = true
		}
		if tag.Get("single") == "true" {
			return object{"anyOf": []any{property(t.Elem(), tag), list}}
		}
		return list
	case reflect.Map:
		return object{
			"type": "object", "minProperties": 1, "propertyNames": text(tag.Get("keys")), "additionalProperties": property(t.Elem(), tag),
		}
	default:
		return refer(t)
	}
}

func limited(kind string, least int, tag reflect.StructTag) object {
	out := object{"type": kind, "minimum": least}
	if most, err := strconv.Atoi(tag.Get("most")); err == nil {
		out["maximum"] = most
	}
	return out
}

// nameOfHeader is a token of RFC 9110 section 5.6.2.
const nameOfHeader = "[a-zA-Z0-9!#$%&'*+.^_`|~-]+"

// text is the schema of a text of a rule of package chainfile, as far as a pattern
// can say it.
func text(rule string) object {
	out := object{"type": "string"}
	patterns := map[string]string{
		"dashed": `^[a-zA-Z0-9-]+$`, "step": `^[a-zA-Z0-9_.-]+$`, "word": `^[^\s]+$`, "scope": `^[!#-\[\]-~]+$`,
		"header": "^" + nameOfHeader + "$", "stepHeader": "^" + nameOfHeader + "$",
		"media": `^[^/\s,]+/[^/\s,;]+(\s*;.*)?$`, "url": `^(https?://.|lambda:.)|\$\{`,
		"route":    `^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[^\s?#]*$`,
		"variable": `^[A-Za-z_][A-Za-z0-9_]*$`, "function": `.`, "command": `\S`, "stepHeaderValue": `^\S(.*\S)?$`,
		"default": `^[^\x00-\x1f\x7f]*$`, "action": `^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$`, "resource": `^(\*|arn:\S+)$`,
		"origin": `^(\*|[a-z][a-z0-9+.-]*://[^\s/?#@,*A-Z]+)$`,
	}
	switch {
	case rule == "answers":
		out["enum"] = []string{functions.AnswersEvent, functions.AnswersJSON}
	case rule == "param":
		out["enum"] = []string{"string", "integer", "number", "boolean"}
	case rule == "rateBy":
		out["enum"] = []string{functions.RateByTenant, functions.RateByChain}
	case rule == "priority":
		out["enum"] = []string{functions.PriorityHigh, functions.PriorityNormal, functions.PriorityLow}
	case rule == "effect":
		out["enum"] = []string{"Allow", "Deny"}
	case patterns[rule] != "":
		out["pattern"] = patterns[rule]
	case rule != "":
		panic(fmt.Sprintf("the rule %q has no schema", rule)) // the tests run it
	}
	switch rule {
	case "variable":
		out["not"] = object{"pattern": `^[Hh][Oo][Mm][Ii][Nn][Gg]_`}
	case "stepHeader":
		out["not"] = object{"pattern": insensitive("ce-") + "|" + insensitive("host$") + "|" + insensitive("content-length$")}
	case "default":
		out["not"] = object{"pattern": `\$\{`}
	}
	return out
}

// insensitive is a pattern of the start of a text in any case.
func insensitive(s string) string {
	return "^" + regexp.MustCompile("[a-z]").ReplaceAllStringFunc(s, func(c string) string { return "[" + c + strings.ToUpper(c) + "]" })
}
