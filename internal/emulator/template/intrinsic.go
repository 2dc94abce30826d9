package template

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// intrinsic tells whether v is a call of an intrinsic function, in the short
// form (!Sub x) or the long one (Fn::Sub: x). name is without "Fn::".
func intrinsic(v value) (name string, arg value, ok bool) {
	if !v.there() {
		return "", value{}, false
	}
	if tag := v.node.Tag; strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") && tag != "!" {
		plain := *v.node
		plain.Tag = plainTag(plain.Kind)
		return strings.TrimPrefix(tag, "!"), value{&plain, v.path}, true
	}
	if v.node.Kind != yaml.MappingNode || len(v.node.Content) != pair {
		return "", value{}, false
	}
	key, arg := v.node.Content[0].Value, value{v.node.Content[1], v.path}
	if key == "Ref" {
		return key, arg, true
	}
	name, ok = strings.CutPrefix(key, "Fn::")
	return name, arg, ok
}

func plainTag(kind yaml.Kind) string {
	switch kind {
	case yaml.MappingNode:
		return "!!map"
	case yaml.SequenceNode:
		return "!!seq"
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
		return "!!str"
	default:
		return ""
	}
}

// getAtt reads the two forms of GetAtt's argument: "Name.Attribute" and
// [Name, Attribute].
func getAtt(arg value) (resource, attribute string, ok bool) {
	if arg.is(yaml.ScalarNode) {
		return strings.Cut(arg.node.Value, ".")
	}
	items := arg.items()
	if len(items) != 2 || !items[0].is(yaml.ScalarNode) || !items[1].is(yaml.ScalarNode) {
		return "", "", false
	}
	return items[0].node.Value, items[1].node.Value, true
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
		if before != "" {
			found = append(found, piece{text: before})
		}
		if literal, escaped := strings.CutPrefix(name, "!"); escaped {
			found = append(found, piece{text: "${" + literal + "}"})
		} else {
			found = append(found, piece{text: strings.TrimSpace(name), name: true})
		}
		text = after
	}
	return found
}
