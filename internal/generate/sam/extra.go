package sam

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/internal/nearest"
)

// Extra is a part of a template: its sections are added to those of the template
// that is written, its resources to the others. Of what both have, mappings and lists
// are put together, and values that differ are an error, but for the size of a function,
// where the extra counts. The zero value is nothing.
type Extra struct {
	// Name of the file, for errors.
	Name string
	Text []byte
}

// sections of a template that an extra may have.
func sections() []string {
	return []string{"Parameters", "Resources", "Outputs", "Conditions", "Mappings", "Metadata", "Globals", "Rules"}
}

// merge puts the extra into a template.
func (e Extra) merge(text []byte) ([]byte, error) {
	if len(bytes.TrimSpace(e.Text)) == 0 {
		return text, nil
	}
	var doc, mine yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read the template that was written: %w", err)
	}
	if err := yaml.Unmarshal(e.Text, &mine); err != nil {
		return nil, fmt.Errorf("%s: %w", e.Name, err)
	}
	if len(mine.Content) == 0 { // comments alone
		return text, nil
	}
	top := mine.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s is no part of a template: it must have sections such as Resources", e.Name)
	}
	m := merger{name: e.Name}
	for key, value := range pairs(top) {
		if slices.Contains([]string{"AWSTemplateFormatVersion", "Transform", "Description"}, key.Value) {
			continue // as in the template
		}
		if !slices.Contains(sections(), key.Value) {
			m.invalid(key, "%q is no section of a template%s", key.Value, nearest.DidYouMean(key.Value, sections()))
			continue
		}
		m.add(doc.Content[0], key, value, key.Value)
	}
	if err := errors.Join(m.errs...); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	first, _, _ := strings.Cut(string(text), "\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2) //nolint:mnd // as the template is written
	if err := errors.Join(enc.Encode(&doc), enc.Close()); err != nil {
		return nil, fmt.Errorf("write the template with %s: %w", e.Name, err)
	}
	if !strings.HasPrefix(out.String(), first+"\n") {
		return append([]byte(first+"\n"), out.Bytes()...), nil
	}
	return out.Bytes(), nil
}

// pairs are the keys and values of a mapping.
func pairs(n *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// sizes are the paths of what is the user's to know of a function.
const sizes = `^Resources\.\w+\.Properties\.(MemorySize|Timeout|EphemeralStorage|ReservedConcurrentExecutions)$`

type merger struct {
	name string
	errs []error
}

func (m *merger) invalid(at *yaml.Node, format string, args ...any) {
	m.errs = append(m.errs, fmt.Errorf("%s:%d: "+format, append([]any{m.name, at.Line}, args...)...))
}

// add adds what a key has to a mapping.
func (m *merger) add(into, key, value *yaml.Node, path string) {
	for k, old := range pairs(into) {
		if k.Value == key.Value {
			m.both(old, value, path)
			return
		}
	}
	into.Content = append(into.Content, key, value)
}

// both puts two values of one key together, in the first one.
func (m *merger) both(old, value *yaml.Node, path string) {
	sameKind := old.Kind == value.Kind && old.Tag == value.Tag
	switch {
	case sameKind && old.Kind == yaml.MappingNode:
		old.Style &^= yaml.FlowStyle
		for key, v := range pairs(value) {
			m.add(old, key, v, path+"."+key.Value)
		}
	case sameKind && old.Kind == yaml.SequenceNode && old.Tag == "!!seq":
		old.Content = append(old.Content, value.Content...)
	case sameKind && old.Kind == yaml.ScalarNode && old.Value == value.Value:
	case regexp.MustCompile(sizes).MatchString(path):
		*old = *value
	default:
		m.invalid(value, "%s is %s in the template, and cannot be %s as well", path, shown(old), shown(value))
	}
}

// shown is a value as an error shows it.
func shown(n *yaml.Node) string {
	const most = 60
	tag := ""
	if !strings.HasPrefix(n.Tag, "!!") {
		tag = n.Tag + " "
	}
	switch n.Kind { //nolint:exhaustive // a value
	case yaml.MappingNode:
		return tag + "a mapping"
	case yaml.SequenceNode:
		return tag + "a list"
	}
	text := tag + n.Value
	return text[:min(most, len(text))]
}
