package adapter

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/homing-dev/homing/functions"
)

// schemas are the JSON Schemas of what Typed functions read and write, by the names
// of their types. A type has one for what is written, in which every member is that
// is not left out, and may have another for what is read, in which no member need be.
type schemas struct {
	components obj // with those that are the same for all chains
	names      [2]map[reflect.Type]string
}

// direction is an index of schemas.names.
type direction int

const (
	written direction = iota
	read
)

// of returns the schema of a type, with a reference to its component if it has a name.
func (s *schemas) of(t reflect.Type, d direction) (schema any, err error) {
	defer func() { // the library's, for a tag that it cannot read
		if p := recover(); p != nil {
			schema, err = nil, fmt.Errorf("the JSON Schema of %s: %v", t, p)
		}
	}()
	reflector := jsonschema.Reflector{
		Anonymous: true, AllowAdditionalProperties: true, // what In does not have is ignored
		RequiredFromJSONSchemaTags: d == read, // encoding/json requires nothing
		Namer:                      func(t reflect.Type) string { return s.name(t, d) },
		Mapper:                     custom,
	}
	root := reflector.ReflectFromType(t)
	root.Version = ""
	for t, name := range s.names[d] {
		if def := root.Definitions[name]; def != nil {
			refine(def, t, d)
		}
	}
	text, err := json.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("the JSON Schema of %s: %w", t, err)
	}
	var doc obj
	text = bytes.ReplaceAll(text, []byte(`"$ref":"#/$defs/`), []byte(`"$ref":"#/components/schemas/`))
	if string(text) == "true" {
		return obj{}, nil
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("the JSON Schema of %s: %w", t, err)
	}
	defs, _ := doc["$defs"].(obj)
	maps.Copy(s.components, defs)
	delete(doc, "$defs")
	return doc, nil
}

// unnamed is what the name of a component cannot have.
var unnamed = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// name returns the name of the component of a type: its own, with its package in
// front where another type has that, and "Input" behind it where what is read
// differs from what is written.
func (s *schemas) name(t reflect.Type, d direction) string {
	if name, known := s.names[d][t]; known || t.Name() == "" || !isComposite(t) {
		return name
	}
	// The arguments of a generic type are in its name, with the paths of their packages.
	name := regexp.MustCompile(`[^\[\],*]*[/.]`).ReplaceAllString(t.Name(), "")
	name = strings.Trim(unnamed.ReplaceAllString(name, "_"), "_")
	if _, both := s.names[written][t]; both && d == read {
		name += "Input"
	}
	if s.taken(name) {
		name = strings.Trim(unnamed.ReplaceAllString(path.Base(t.PkgPath()), "_"), "_") + "." + name
	}
	for n, first := 2, name; s.taken(name); n++ {
		name = first + strconv.Itoa(n)
	}
	s.names[d][t] = name
	return name
}

// isComposite reports whether a type consists of others.
func isComposite(t reflect.Type) bool {
	switch t.Kind() { //nolint:exhaustive // all others do not
	case reflect.Struct, reflect.Slice, reflect.Array, reflect.Map:
		return t != reflect.TypeFor[time.Time]() && t != reflect.TypeFor[json.RawMessage]() && custom(t) == nil
	default:
		return false
	}
}

func (s *schemas) taken(name string) bool {
	for _, names := range s.names {
		for _, other := range names {
			if other == name {
				return true
			}
		}
	}
	return s.components[name] != nil
}

// custom returns the schema of a type whose JSON its fields do not tell; nil for all
// others.
func custom(t reflect.Type) *jsonschema.Schema {
	either := func(i reflect.Type) bool { return t.Implements(i) || reflect.PointerTo(t).Implements(i) }
	switch {
	case t == reflect.TypeFor[time.Time](), t.Implements(reflect.TypeFor[interface{ JSONSchema() *jsonschema.Schema }]()):
		return nil // the library knows these
	case t == reflect.TypeFor[json.Number]():
		return &jsonschema.Schema{Type: "number"}
	case t == reflect.TypeFor[url.URL](), // of which the library makes a text, and encoding/json an object
		either(reflect.TypeFor[json.Marshaler]()), either(reflect.TypeFor[json.Unmarshaler]()):
		return &jsonschema.Schema{}
	case either(reflect.TypeFor[encoding.TextMarshaler]()), either(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return &jsonschema.Schema{Type: "string"}
	}
	switch t.Kind() { //nolint:exhaustive // the library knows all others
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return &jsonschema.Schema{Type: "integer", Minimum: "0"}
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer: // no JSON
		return &jsonschema.Schema{}
	default:
		return nil
	}
}

// refine adds what the library leaves out: keys of maps that are less than 0, and of
// the structs that are written, which members may be null or may not be there.
func refine(def *jsonschema.Schema, t reflect.Type, d direction) {
	if t.Kind() != reflect.Struct || def.Properties == nil {
		return
	}
	for p := def.Properties.Oldest(); p != nil; p = p.Next() {
		if of, isMap := p.Value.PatternProperties["^[0-9]+$"]; isMap {
			p.Value.PatternProperties = map[string]*jsonschema.Schema{"^-?[0-9]+$": of}
		}
	}
	if d == read {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		property, there := def.Properties.Get(name)
		if !there || f.Anonymous && f.Tag.Get("json") == "" { // its own fields are members
			continue
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if optional || throughPointer(t, f.Index) {
			def.Required = slices.DeleteFunc(def.Required, func(required string) bool { return required == name })
		}
		if mayBeNull(f.Type) && !optional {
			def.Properties.Set(name, &jsonschema.Schema{AnyOf: []*jsonschema.Schema{property, {Type: "null"}}})
		}
	}
}

// throughPointer reports whether a field is one of an embedded pointer.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		f := t.Field(i)
		if f.Type.Kind() == reflect.Pointer {
			return true
		}
		t = f.Type
	}
	return false
}

func mayBeNull(t reflect.Type) bool {
	switch t.Kind() { //nolint:exhaustive // nothing else has a nil that is JSON
	case reflect.Pointer:
		return true
	case reflect.Map, reflect.Slice:
		return custom(t) == nil && t != reflect.TypeFor[json.RawMessage]()
	default:
		return false
	}
}

// typedMedia is media for data of a type, which is JSON.
func (s *schemas) typedMedia(types []string, t reflect.Type, d direction) (obj, error) {
	if t == nil {
		return media(types), nil
	}
	schema, err := s.of(t, d)
	if err != nil {
		return nil, err
	}
	if len(types) == 0 {
		return obj{"application/json": obj{"schema": schema}}, nil
	}
	out := media(types)
	for _, name := range types {
		base, _, _ := strings.Cut(name, ";")
		if base = strings.ToLower(strings.TrimSpace(base)); base == "application/json" || strings.HasSuffix(base, "+json") {
			out[name] = obj{"schema": schema}
		}
	}
	return out, nil
}

// dataOf returns the types of what a chain reads and writes, as far as its first
// and last steps say so.
func dataOf(c functions.Chain) (in, out reflect.Type) {
	return c.Steps[0].In, c.Steps[len(c.Steps)-1].Out
}
