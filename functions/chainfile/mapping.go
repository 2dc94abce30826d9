package chainfile

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/homing-dev/homing/internal/nearest"
)

// field is what a mapping may hold under a name.
type field struct {
	name     string
	required bool
	read     func(value)
}

// mapping reads the fields of v and gives those that are there by their names;
// nil if v is no mapping. Each field is read at most once.
func (r *reader) mapping(v value, fields []field) map[string]value {
	if !r.is(v, yaml.MappingNode, "a mapping with "+strings.Join(names(fields), ", ")) {
		return nil
	}
	present := make(map[string]value, len(fields))
	lines := make(map[string]int, len(fields))
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := value{node: v.node.Content[i], path: v.path}
		name := key.node.Value
		one, ok := r.fieldOf(key, fields)
		if !ok {
			continue
		}
		if earlier, twice := lines[name]; twice {
			r.wrong(key, "the field %q is there already, at line %d", name, earlier)
			continue
		}
		lines[name] = key.node.Line
		present[name] = v.field(name, v.node.Content[i+1])
		one.read(present[name])
	}
	for _, one := range fields {
		if _, ok := present[one.name]; one.required && !ok {
			r.wrong(v, "the field %q is missing", one.name)
		}
	}
	return present
}

// fieldOf finds the field that a key names.
func (r *reader) fieldOf(key value, fields []field) (field, bool) {
	if key.node.ShortTag() == "!!merge" {
		r.wrong(key, `the merge key "<<" is refused; write the fields out`)
		return field{}, false
	}
	if !r.is(key, yaml.ScalarNode, "the name of a field", textTag) {
		return field{}, false
	}
	name := key.node.Value
	for _, one := range fields {
		if one.name == name {
			return one, true
		}
	}
	r.wrongMeant(key, nearest.Word(name, names(fields)), "unknown field %s", quote(name))
	return field{}, false
}

func names(fields []field) []string {
	all := make([]string, len(fields))
	for i, one := range fields {
		all[i] = one.name
	}
	return all
}

// list reads each item of v, of which there must be one at least.
func (r *reader) list(v value, what string, read func(value)) {
	if !r.is(v, yaml.SequenceNode, "a list of "+what) {
		return
	}
	if len(v.node.Content) == 0 {
		r.wrong(v, "the list of %s is empty", what)
	}
	for i := range v.node.Content {
		read(v.item(i))
	}
}
