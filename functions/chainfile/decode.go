package chainfile

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// file is the whole of chain.yaml.
//
// A field of a mapping is a field of a struct, here or in package functions. Its
// type is what it may be: an int is a whole number from 1, a float64 a number
// from 0, an int64 a size in bytes. Its tags:
//
//	yaml   its name, and "required" or "inline"
//	rule   the form of its text, or of those in its list, see [reader.rules]
//	most   its greatest number, or the greatest length of its list
//	items  what its list is one of, if that is not its name
//	single "true" if a text may stand for a list of one
//	keys   the form of the names in it, if they are the author's own
//
// What is invalid about several fields together is found by [reader.check].
type file struct {
	Chains []functions.Chain `most:"1000" yaml:"chains,required"`
}

// reader gathers what is invalid while it reads. Its methods report and go on,
// so that one run finds everything.
type reader struct {
	file   string
	env    *Environment
	known  map[string]functions.Function
	places map[string]*yaml.Node // of all values, by their paths
	errs   Errors
}

// value is a node of the file and the path that leads to it.
type value struct {
	node *yaml.Node
	path string
}

// at returns the value at a path, and whether the file has one. What is there
// may be invalid, which is reported then.
func (r *reader) at(format string, args ...any) (value, bool) {
	path := fmt.Sprintf(format, args...)
	node, ok := r.places[path]
	return value{node, path}, ok
}

// invalid adds an error at v.
func (r *reader) invalid(v value, format string, args ...any) {
	r.errs = append(r.errs, &Error{
		File: r.file, Line: v.node.Line, Column: v.node.Column, Path: v.path, Message: fmt.Sprintf(format, args...),
	})
}

// suggest adds what was probably meant to the last error.
func (r *reader) suggest(meant string) { r.errs[len(r.errs)-1].Suggestion = meant }

// decode reads v into a variable, by its type and the tags of its field.
func (r *reader) decode(v value, into reflect.Value, tag reflect.StructTag) {
	r.places[v.path] = v.node
	isScalar := v.node.Kind == yaml.ScalarNode
	switch x := into.Addr().Interface().(type) {
	case *string:
		r.text(v, x, tag.Get("rule"))
	case *bool:
		scalar(r, v, x, "true or false", parseBool, boolTag, textTag)
	case *int:
		number(r, v, x, "a whole number", 1, tag, intTag)
	case *float64:
		number(r, v, x, "a number", 0, tag, intTag, floatTag)
	case *int64:
		scalar(r, v, x, `a size such as "1MiB"`, parseSize, textTag, intTag)
	case *time.Duration:
		// A number is let in, so that its missing unit can be named.
		scalar(r, v, x, `a duration such as "10s"`, parseDuration, textTag, intTag, floatTag)
	case *functions.Step:
		if isScalar && v.node.ShortTag() == textTag { // the short form
			r.text(v, &x.Uses, "function")
			return
		}
		r.mapping(v, into)
	case *functions.Concurrency:
		switch {
		case isScalar && v.node.ShortTag() == intTag: // the short form
			r.decode(v, into.FieldByName("Max"), `most:"1000000"`)
		case isScalar:
			r.is(v, yaml.MappingNode, "a whole number or a mapping with max, adaptive, wait")
		default:
			r.mapping(v, into)
		}
	default:
		switch into.Kind() { //nolint:exhaustive // a struct
		case reflect.Slice:
			r.list(v, into, tag)
		case reflect.Map:
			r.named(v, into, tag)
		default:
			r.mapping(v, into)
		}
	}
}

// is reports whether v is of the kind, and adds an error with what was expected
// if it is not. Tags and aliases are errors here, since every value passes here
// before it is used.
func (r *reader) is(v value, kind yaml.Kind, expected string, tags ...string) bool {
	n := v.node
	switch {
	case n.Kind == yaml.AliasNode:
		r.invalid(v, "the alias %s is refused; write the value out", quote("*"+n.Value))
	case n.Style&yaml.TaggedStyle != 0:
		r.invalid(v, "the tag %s is refused; write the value alone", quote(n.Tag))
	case n.Kind != kind, len(tags) > 0 && !slices.Contains(tags, n.ShortTag()):
		r.invalid(v, "expected %s, found %s", expected, describe(n))
	default:
		return true
	}
	return false
}

// field is a field of a struct that has a name in the file.
type field struct {
	name     string
	required bool
	into     reflect.Value
	tag      reflect.StructTag
}

func fieldsOf(into reflect.Value) []field {
	var all []field
	for f, x := range into.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			all = append(all, fieldsOf(x)...)
		case name != "":
			all = append(all, field{name: name, required: option == "required", into: x, tag: f.Tag})
		}
	}
	return all
}

// mapping reads the fields of v, each at most once.
func (r *reader) mapping(v value, into reflect.Value) {
	fields := fieldsOf(into)
	names := make([]string, len(fields))
	for i, one := range fields {
		names[i] = one.name
	}
	if !r.is(v, yaml.MappingNode, "a mapping with "+strings.Join(names, ", ")) {
		return
	}
	written := lines{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := value{v.node.Content[i], v.path}
		at, ok := r.key(key, names)
		if !ok {
			continue
		}
		if line := written.earlier(names[at], key); line > 0 {
			r.invalid(key, "the field %q is there already, at line %d", names[at], line)
			continue
		}
		path := strings.TrimPrefix(v.path+"."+names[at], ".")
		r.decode(value{v.node.Content[i+1], path}, fields[at].into, fields[at].tag)
	}
	for _, one := range fields {
		if one.required && written[one.name] == 0 {
			r.invalid(v, "the field %q is missing", one.name)
		}
	}
}

// key finds the name that a key of a mapping is.
func (r *reader) key(key value, names []string) (at int, ok bool) {
	if key.node.ShortTag() == "!!merge" {
		r.invalid(key, `the merge key "<<" is refused; write the fields out`)
		return 0, false
	}
	if !r.is(key, yaml.ScalarNode, "the name of a field", textTag) {
		return 0, false
	}
	at = slices.Index(names, key.node.Value)
	if at < 0 {
		r.invalid(key, "unknown field %s", quote(key.node.Value))
		r.suggest(nearest.Word(key.node.Value, names))
	}
	return at, at >= 0
}

// list reads each item of v, of which there must be one at least. Texts must
// differ from one another.
func (r *reader) list(v value, into reflect.Value, tag reflect.StructTag) {
	what := cmp.Or(tag.Get("items"), v.path[strings.LastIndexByte(v.path, '.')+1:])
	if tag.Get("single") == "true" && v.node.Kind == yaml.ScalarNode {
		into.Set(reflect.MakeSlice(into.Type(), 1, 1))
		r.decode(v, into.Index(0), tag)
		return
	}
	if !r.is(v, yaml.SequenceNode, "a list of "+what) {
		return
	}
	n := len(v.node.Content)
	if n == 0 {
		r.invalid(v, "the list of %s is empty", what)
	} else if most, err := strconv.Atoi(tag.Get("most")); err == nil && n > most {
		r.invalid(v, "%d %s are more than one file may have, %d", n, what, most)
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), n, n))
	written := lines{}
	for i, node := range v.node.Content {
		item, before := value{node, fmt.Sprintf("%s[%d]", v.path, i)}, len(r.errs)
		r.decode(item, into.Index(i), tag)
		if into.Type().Elem().Kind() != reflect.String || len(r.errs) > before {
			continue
		}
		if line := written.earlier(node.Value, item); line > 0 {
			r.invalid(item, "%s is listed already, at line %d", quote(node.Value), line)
		}
	}
}

// named reads a mapping whose names are the author's own, of which there must be
// one at least.
func (r *reader) named(v value, into reflect.Value, tag reflect.StructTag) {
	what := v.path[strings.LastIndexByte(v.path, '.')+1:]
	if !r.is(v, yaml.MappingNode, "a mapping of names for "+what) {
		return
	}
	if len(v.node.Content) == 0 {
		r.invalid(v, "the mapping %s is empty", what)
	}
	into.Set(reflect.MakeMap(into.Type()))
	written := lines{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, name := value{v.node.Content[i], v.path}, ""
		if key.node.ShortTag() == "!!merge" {
			r.invalid(key, `the merge key "<<" is refused; write the names out`)
			continue
		}
		before := len(r.errs)
		if r.text(key, &name, tag.Get("keys")); len(r.errs) > before {
			continue
		}
		if line := written.earlier(name, key); line > 0 {
			r.invalid(key, "the name %s is there already, at line %d", quote(name), line)
			continue
		}
		item := reflect.New(into.Type().Elem()).Elem()
		r.decode(value{v.node.Content[i+1], v.path + "." + name}, item, tag)
		into.SetMapIndex(reflect.ValueOf(name), item)
	}
}
