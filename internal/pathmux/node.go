package pathmux

import (
	"net/http"
	"strings"
)

// node is where the patterns stand that begin with the same segments.
type node struct {
	literals map[string]*node // by the decoded segment that follows
	single   *node            // behind a {name}
	end      byMethod         // of the patterns that end here
	rest     byMethod         // of those that match whatever follows
}

type byMethod map[string]route

func (b *byMethod) set(method string, r route) {
	if *b == nil {
		*b = byMethod{}
	}
	(*b)[method] = r
}

func (n *node) literal(segment string) *node {
	if n.literals == nil {
		n.literals = map[string]*node{}
	}
	if n.literals[segment] == nil {
		n.literals[segment] = &node{}
	}
	return n.literals[segment]
}

func (n *node) wildcard() *node {
	if n.single == nil {
		n.single = &node{}
	}
	return n.single
}

// next returns the nodes that match a segment, the more specific one first.
func (n *node) next(segment string) [2]*node {
	found := [2]*node{n.literals[unescape(segment)]}
	if segment != "" {
		found[1] = n.single
	}
	return found
}

// find returns the route of the most specific pattern that matches what follows
// a slash. No two patterns are equally specific, since they would conflict.
func (n *node) find(method, path string) route {
	segment, path, more := strings.Cut(path, "/")
	for _, child := range n.next(segment) {
		var found route
		switch {
		case child == nil:
		case more:
			found = child.find(method, path)
		default:
			found = child.end[method]
		}
		if found.handler != nil {
			return found
		}
	}
	return n.rest[method]
}

// methods adds the methods of all patterns that match what follows a slash.
func (n *node) methods(path string, found map[string]bool) {
	add := func(b byMethod) {
		for method := range b {
			found[method] = true
		}
	}
	segment, path, more := strings.Cut(path, "/")
	for _, child := range n.next(segment) {
		switch {
		case child == nil:
		case more:
			child.methods(path, found)
		default:
			add(child.end)
		}
	}
	add(n.rest)
}

// route is the handler of a pattern, and where the pattern's wildcards are.
type route struct {
	handler   http.HandlerFunc
	wildcards []wildcard
}

// wildcard names the segment with an index, or all from there on.
type wildcard struct {
	name  string
	index int
	rest  bool
}

// add adds a wildcard; one without a name is not asked for.
func (r *route) add(name string, index int, rest bool) {
	if name != "" {
		r.wildcards = append(r.wildcards, wildcard{name, index, rest})
	}
}

func (r *route) setValues(to *http.Request, path string) {
	for _, w := range r.wildcards {
		value := path
		for range w.index {
			_, value, _ = strings.Cut(value, "/")
		}
		if !w.rest {
			value, _, _ = strings.Cut(value, "/")
		}
		to.SetPathValue(w.name, unescape(value))
	}
}
