package adapter

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// pathShapes are the paths of the document by what they are without the names of
// their wildcards. OpenAPI takes two that differ by these names alone for the same.
type pathShapes map[string]string

// named returns the path with the names of the first one of its shape.
func (p pathShapes) named(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = "{}"
		}
	}
	shape := strings.Join(segments, "/")
	if _, known := p[shape]; !known {
		p[shape] = path
	}
	return p[shape]
}

// addRoutes adds the operations of the chains. A wildcard of OpenAPI is one
// segment, so one that stands for all that follows is written as one of those.
// Where another chain has that path, as /files/{name} beside /files/{name...},
// the chain is described by the paths that are longer, which are its own.
func (d *document) addRoutes(routes []*route) error {
	all := &schemas{components: d.Components["schemas"], names: [2]map[reflect.Type]string{{}, {}}}
	for _, rt := range routes { // what is written has the plain names
		if _, out := dataOf(rt.chain); out != nil {
			if _, err := all.of(out, written); err != nil {
				return fmt.Errorf("chain %q: %w", rt.chain.Name, err)
			}
		}
	}

	open := func(rt *route) int { // at its end
		if strings.HasSuffix(rt.chain.Path, "/") || strings.HasSuffix(rt.chain.Path, "...}") {
			return 1
		}
		return 0
	}
	shapes := pathShapes{}
	for path := range d.Paths {
		shapes.named(path)
	}
	for _, rt := range slices.SortedStableFunc(slices.Values(routes), func(a, b *route) int { return cmp.Compare(open(a), open(b)) }) {
		method := strings.ToLower(rt.chain.Method)
		if !slices.Contains([]string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}, method) {
			method = "x-homing-" + method // no operation of OpenAPI
		}
		path := shapes.named(strings.ReplaceAll(strings.TrimSuffix(rt.chain.Path, "{$}"), "...}", "}"))
		for n := 1; d.Paths[path][method] != nil; n++ {
			path = shapes.named(strings.TrimSuffix(path, "/") + "/{rest-" + strconv.Itoa(n) + "}") // no route has such a name
		}
		if d.Paths[path] == nil {
			d.Paths[path] = obj{}
		}
		op, err := rt.operation(path, all)
		if err != nil {
			return fmt.Errorf("chain %q: %w", rt.chain.Name, err)
		}
		d.Paths[path][method] = op
	}
	return nil
}
