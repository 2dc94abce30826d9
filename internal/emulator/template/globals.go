package template

import "go.yaml.in/yaml/v3"

// withGlobals gives the properties of a resource with those of a section of
// Globals under them, by SAM's rules: mappings are merged, lists put together
// with the global part first, and of anything else the resource's own counts.
// An intrinsic function is a plain value here.
func (e *evaluator) withGlobals(section string, v value) value {
	globals := e.root.raw("Globals").raw(section)
	if !globals.is(yaml.MappingNode) {
		return v
	}
	return value{merged(globals, v), v.path}
}

func merged(global, local value) *yaml.Node {
	_, _, globalCall := intrinsic(global)
	_, _, localCall := intrinsic(local)
	switch {
	case !local.there():
		return global.node
	case globalCall || localCall || global.node.Kind != local.node.Kind:
		return local.node
	case global.is(yaml.SequenceNode):
		both := *local.node
		both.Content = append(append([]*yaml.Node(nil), global.node.Content...), local.node.Content...)
		return &both
	case !global.is(yaml.MappingNode):
		return local.node
	}
	both := *local.node
	both.Content = nil
	for i := 0; i+1 < len(global.node.Content); i += pair {
		key := global.node.Content[i]
		one := value{node: global.node.Content[i+1]}
		both.Content = append(both.Content, key, merged(one, local.raw(key.Value)))
	}
	for i := 0; i+1 < len(local.node.Content); i += pair {
		if key := local.node.Content[i]; !global.raw(key.Value).there() {
			both.Content = append(both.Content, key, local.node.Content[i+1])
		}
	}
	return &both
}
