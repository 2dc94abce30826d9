// Package mermaid draws chains as a Mermaid flowchart, which Markdown on many
// sites shows as a picture.
package mermaid

import (
	"fmt"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// Flowchart draws each chain as a subgraph, in the order given: from the caller
// through the adapter and the steps to the reply. What is declared of a step or
// chain stands on its node. Equal chains have equal text.
func Flowchart(chains []functions.Chain) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, c := range chains {
		subgraph(&b, fmt.Sprintf("c%d", i+1), c)
	}
	return b.String()
}

// subgraph draws one chain. The ids of its nodes begin with id, because a
// flowchart has one space of names, in which a step named "end" would end the
// subgraph.
func subgraph(b *strings.Builder, id string, c functions.Chain) {
	node := func(name, left, right string, lines ...string) string {
		full := id + name
		fmt.Fprintf(b, "    %s%s\"%s\"%s\n", full, left, label(lines...), right)
		return full
	}
	fmt.Fprintf(b, "  subgraph %s[\"%s\"]\n    direction LR\n", id, label(c.Name))
	path := make([]string, 0, len(c.Steps)+3) // with caller, adapter and reply
	path = append(path, node("caller", "([", "])", "caller"))
	path = append(path, node("adapter", "[/", "/]", append([]string{"adapter"}, limits(c)...)...))
	for i, s := range c.Steps {
		path = append(path, node(fmt.Sprintf("s%d", i+1), "[", "]", append([]string{s.Name}, policy(s)...)...))
	}
	path = append(path, node("reply", "([", "])", append([]string{"reply"}, c.Produces...)...))
	fmt.Fprintf(b, "    %s -- \"%s\" --> %s\n", path[0], label(c.Method+" "+c.Path), path[1])
	for i := 2; i < len(path); i++ {
		fmt.Fprintf(b, "    %s --> %s\n", path[i-1], path[i])
	}
	b.WriteString("  end\n")
}

// label puts lines into a quoted label.
func label(lines ...string) string {
	escaped := make([]string, len(lines))
	for i, line := range lines {
		escaped[i] = escape(line)
	}
	return strings.Join(escaped, "<br/>")
}

// escape writes text so that Mermaid shows it and reads nothing into it: no end
// of the label, no HTML, no Markdown, no entity. Letters, digits, spaces and
// harmless marks stay, and the rest becomes entity codes.
func escape(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', strings.ContainsRune(" ./:,+-", r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
