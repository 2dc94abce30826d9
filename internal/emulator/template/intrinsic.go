package template

import (
	"encoding/base64"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const noValue = "AWS::NoValue"

func (e *evaluator) functions() map[string]func(value) value {
	return map[string]func(value) value{
		"Ref":       e.ref,
		"GetAtt":    e.getAtt,
		"Sub":       e.sub,
		"If":        e.chosen,
		"Join":      e.join,
		"Select":    e.selected,
		"Split":     e.split,
		"FindInMap": e.findInMap,
		"Base64":    e.base64,
		"And":       e.decision,
		"Or":        e.decision,
		"Not":       e.decision,
		"Equals":    e.decision,
	}
}

func (e *evaluator) ref(arg value) value {
	if !arg.is(yaml.ScalarNode) {
		panic(e.invalid(arg, "Ref %w", errArguments))
	}
	return e.named(arg, arg.node.Value)
}

// named is what Ref of name is, in the place of v.
func (e *evaluator) named(v value, name string) value {
	if name == noValue {
		return value{path: v.path}
	}
	if text, ok := e.pseudo(name); ok {
		return v.text(text)
	}
	if p, ok := e.parameters[name]; ok {
		copied := *p.node
		copied.Line = v.line()
		return value{&copied, v.path}
	}
	return v.text(e.identity(v, name))
}

// pseudo are the pseudo parameters.
func (e *evaluator) pseudo(name string) (string, bool) {
	o := e.options
	id := o.Region + ":" + o.Account + ":stack/" + o.StackName + "/" + hash(o.StackName, idLength)
	text, ok := map[string]string{
		"AWS::AccountId": o.Account,
		"AWS::Partition": partition,
		"AWS::Region":    o.Region,
		"AWS::StackId":   "arn:" + partition + ":cloudformation:" + id,
		"AWS::StackName": o.StackName,
		"AWS::URLSuffix": urlSuffix,
	}[name]
	return text, ok
}

func (e *evaluator) getAtt(arg value) value {
	resource, attribute, ok := cutAttribute(arg)
	if !ok {
		panic(e.invalid(arg, "GetAtt %w", errArguments))
	}
	return arg.text(e.attribute(arg, resource, attribute))
}

// cutAttribute reads the two forms of GetAtt's argument: "Name.Attribute" and
// [Name, Attribute].
func cutAttribute(arg value) (resource, attribute string, ok bool) {
	if arg.is(yaml.ScalarNode) {
		return strings.Cut(arg.node.Value, ".")
	}
	items := arg.items()
	if len(items) != 2 || !items[0].is(yaml.ScalarNode) || !items[1].is(yaml.ScalarNode) {
		return "", "", false
	}
	return items[0].node.Value, items[1].node.Value, true
}

func (e *evaluator) sub(arg value) value {
	template, own := arg, value{}
	if arg.is(yaml.SequenceNode) {
		items := e.arguments("Sub", arg, 2, 2) //nolint:mnd // text and map
		template, own = items[0], items[1]
	}
	if !template.is(yaml.ScalarNode) || own.there() && !own.is(yaml.MappingNode) {
		panic(e.invalid(arg, "Sub %w", errArguments))
	}
	var b strings.Builder
	for _, p := range pieces(template.node.Value) {
		if p.name {
			p.text = e.substituted(arg, own, p.text)
		}
		b.WriteString(p.text)
	}
	return arg.text(b.String())
}

// substituted is what stands for ${name}: an entry of Sub's own map, an
// attribute, or what Ref is.
func (e *evaluator) substituted(arg, own value, name string) string {
	if v := own.raw(name); v.there() {
		return e.text(v)
	}
	if resource, attribute, ok := strings.Cut(name, "."); ok {
		return e.attribute(arg, resource, attribute)
	}
	return e.text(e.named(arg, name))
}

// piece is a part of Sub's text: plain, or what stands in ${}.
type piece struct {
	text string
	name bool
}

// pieces takes Sub's text apart. "${!x}" is the plain text "${x}".
func pieces(text string) []piece {
	var found []piece
	for text != "" {
		before, rest, ok := strings.Cut(text, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return append(found, piece{text: text})
		}
		found = append(found, piece{text: before})
		if literal, escaped := strings.CutPrefix(name, "!"); escaped {
			found = append(found, piece{text: "${" + literal + "}"})
		} else {
			found = append(found, piece{text: strings.TrimSpace(name), name: true})
		}
		text = after
	}
	return found
}

func (e *evaluator) join(arg value) value {
	items := e.arguments("Join", arg, 2, 2) //nolint:mnd // delimiter and list
	delimiter := e.text(items[0])
	return arg.text(strings.Join(e.texts(items[1]), delimiter))
}

func (e *evaluator) split(arg value) value {
	items := e.arguments("Split", arg, 2, 2) //nolint:mnd // delimiter and text
	delimiter := e.text(items[0])
	if delimiter == "" {
		panic(e.invalid(arg, "Split has an empty delimiter"))
	}
	return arg.list(strings.Split(e.text(items[1]), delimiter))
}

func (e *evaluator) selected(arg value) value {
	items := e.arguments("Select", arg, 2, 2) //nolint:mnd // index and list
	index := e.text(items[0])
	list := e.list(items[1])
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(list) {
		panic(e.invalid(arg, "Select takes item %q of a list of %d", index, len(list)))
	}
	return list[i]
}

// findInMap takes a fourth argument like the transform AWS::LanguageExtensions:
// {DefaultValue: x}.
func (e *evaluator) findInMap(arg value) value {
	const plain, withDefault = 3, 4 // map, two keys, and a default
	items := e.arguments("FindInMap", arg, plain, withDefault)
	v := e.root.raw("Mappings")
	for _, item := range items[:plain] {
		v = v.raw(e.text(item))
	}
	if v.there() {
		return v
	}
	if len(items) == withDefault {
		if otherwise := items[plain].raw("DefaultValue"); otherwise.there() {
			return e.shallow(otherwise)
		}
	}
	panic(e.invalid(arg, "there is no %s", v.path))
}

func (e *evaluator) base64(arg value) value {
	return arg.text(base64.StdEncoding.EncodeToString([]byte(e.text(arg))))
}
