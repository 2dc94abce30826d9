package template

import (
	"encoding/base64"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const noValue = "AWS::NoValue"

func (e *evaluator) ref(arg value) (value, error) {
	if !arg.is(yaml.ScalarNode) {
		return value{}, e.wrong(arg, "Ref %w", errArguments)
	}
	return e.named(arg, arg.node.Value)
}

// named is what Ref of name is, in the place of v.
func (e *evaluator) named(v value, name string) (value, error) {
	if name == noValue {
		return value{path: v.path}, nil
	}
	if text, ok := e.pseudo(name); ok {
		return v.text(text), nil
	}
	if p, ok := e.parameters[name]; ok {
		copied := *p.node
		copied.Line = v.line()
		return value{&copied, v.path}, nil
	}
	text, err := e.identity(v, name)
	return v.text(text), err
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

func (e *evaluator) getAtt(arg value) (value, error) {
	resource, attribute, ok := getAtt(arg)
	if !ok {
		return value{}, e.wrong(arg, "GetAtt %w", errArguments)
	}
	text, err := e.attribute(arg, resource, attribute)
	return arg.text(text), err
}

func (e *evaluator) sub(arg value) (value, error) {
	template, own := arg, value{}
	if arg.is(yaml.SequenceNode) {
		items, err := e.arguments("Sub", arg, 2, 2) //nolint:mnd // text and map
		if err != nil {
			return value{}, err
		}
		template, own = items[0], items[1]
	}
	if !template.is(yaml.ScalarNode) || own.there() && !own.is(yaml.MappingNode) {
		return value{}, e.wrong(arg, "Sub %w", errArguments)
	}
	var b strings.Builder
	for _, p := range pieces(template.node.Value) {
		if !p.name {
			b.WriteString(p.text)
			continue
		}
		text, err := e.substituted(arg, own, p.text)
		if err != nil {
			return value{}, err
		}
		b.WriteString(text)
	}
	return arg.text(b.String()), nil
}

// substituted is what stands for ${name}: an entry of Sub's own map, an
// attribute, or what Ref gives.
func (e *evaluator) substituted(arg, own value, name string) (string, error) {
	if v := own.raw(name); v.there() {
		return e.text(v)
	}
	if resource, attribute, ok := strings.Cut(name, "."); ok {
		return e.attribute(arg, resource, attribute)
	}
	v, err := e.named(arg, name)
	if err != nil {
		return "", err
	}
	return e.text(v)
}

func (e *evaluator) join(arg value) (value, error) {
	items, err := e.arguments("Join", arg, 2, 2) //nolint:mnd // delimiter and list
	if err != nil {
		return value{}, err
	}
	delimiter, err := e.text(items[0])
	if err != nil {
		return value{}, err
	}
	parts, err := e.texts(items[1])
	return arg.text(strings.Join(parts, delimiter)), err
}

func (e *evaluator) split(arg value) (value, error) {
	items, err := e.arguments("Split", arg, 2, 2) //nolint:mnd // delimiter and text
	if err != nil {
		return value{}, err
	}
	delimiter, err := e.text(items[0])
	if err != nil {
		return value{}, err
	}
	if delimiter == "" {
		return value{}, e.wrong(arg, "Split has an empty delimiter")
	}
	text, err := e.text(items[1])
	return arg.list(strings.Split(text, delimiter)), err
}

func (e *evaluator) selected(arg value) (value, error) {
	items, err := e.arguments("Select", arg, 2, 2) //nolint:mnd // index and list
	if err != nil {
		return value{}, err
	}
	index, err := e.text(items[0])
	if err != nil {
		return value{}, err
	}
	list, err := e.list(items[1])
	if err != nil {
		return value{}, err
	}
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(list) {
		return value{}, e.wrong(arg, "Select takes item %q of a list of %d", index, len(list))
	}
	return list[i], nil
}

// findInMap takes a fourth argument like the transform AWS::LanguageExtensions:
// {DefaultValue: x}.
func (e *evaluator) findInMap(arg value) (value, error) {
	items, err := e.arguments("FindInMap", arg, 3, 4) //nolint:mnd // map, two keys, and a default
	if err != nil {
		return value{}, err
	}
	v, path := e.root.raw("Mappings"), "Mappings"
	for _, item := range items[:3] {
		key, err := e.text(item)
		if err != nil {
			return value{}, err
		}
		v, path = v.raw(key), join(path, key)
	}
	if v.there() {
		return v, nil
	}
	if len(items) == 4 { //nolint:mnd // with a default
		if otherwise := items[3].raw("DefaultValue"); otherwise.there() {
			return e.shallow(otherwise)
		}
	}
	return value{}, e.wrong(arg, "there is no %s", path)
}

func (e *evaluator) base64(arg value) (value, error) {
	text, err := e.text(arg)
	return arg.text(base64.StdEncoding.EncodeToString([]byte(text))), err
}
