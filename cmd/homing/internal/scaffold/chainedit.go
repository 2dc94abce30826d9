package scaffold

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions"
)

// document is what is read of a chain.yaml to edit it.
type document struct {
	Chains yaml.Node `yaml:"chains"`
}

// named returns a function for every name that a chain.yaml has for one.
func named(text []byte) map[string]functions.Function {
	known := map[string]functions.Function{}
	var doc document
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return known // chainfile reports it with its place
	}
	for _, chain := range doc.Chains.Content {
		steps := member(chain, "steps")
		if steps == nil {
			continue
		}
		for _, step := range steps.Content {
			name := step
			if step.Kind == yaml.MappingNode {
				name = member(step, "function")
			}
			if name != nil && name.Kind == yaml.ScalarNode {
				known[name.Value] = functions.Typed(noFunction)
			}
		}
	}
	return known
}

func noFunction(context.Context, any) (any, error) {
	return nil, errors.New("this function is only known by its name")
}

// member returns the value of a key, or nil.
func member(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; mapping.Kind == yaml.MappingNode && i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// item is what is added to a sequence: in lines, of which the first one stands
// behind the dash, and on one line.
type item struct {
	lines []string
	flow  string
	apart bool // an empty line stands before it
}

// addChain adds a chain at the end of a chain.yaml, and leaves the rest as it is.
func addChain(text []byte, it item) ([]byte, error) {
	var doc document
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read the chains: %w", err)
	}
	return appendItem(text, &doc.Chains, it)
}

// addStep adds a step at the end of a chain, and leaves the rest as it is.
func addStep(text []byte, chain string, it item) ([]byte, error) {
	var doc document
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read the chains: %w", err)
	}
	for _, c := range doc.Chains.Content {
		if name := member(c, "name"); name != nil && name.Value == chain {
			return appendItem(text, member(c, "steps"), it)
		}
	}
	return nil, fmt.Errorf("there is no chain %s", chain)
}

// errUneditable is for what is read but not edited.
var errUneditable = errors.New("the list cannot be added to by a program")

func appendItem(text []byte, seq *yaml.Node, it item) ([]byte, error) {
	if seq == nil || seq.Kind != yaml.SequenceNode {
		return nil, errUneditable
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if seq.Line < 1 || seq.Line > len(lines) {
		return nil, errUneditable
	}
	line := []rune(string(lines[seq.Line-1]))
	if seq.Column < 1 || seq.Column > len(line) {
		return nil, errUneditable
	}
	switch line[seq.Column-1] {
	case '-':
		return appendLines(lines, seq, it), nil
	case '[':
		before := len(bytes.Join(lines[:seq.Line-1], nil)) + len(string(line[:seq.Column-1]))
		return appendFlow(text, before, it.flow)
	default:
		return nil, errUneditable
	}
}

// appendLines adds an item behind the last one of a sequence with dashes: behind all
// lines that are further in than its dash.
func appendLines(lines [][]byte, seq *yaml.Node, it item) []byte {
	dash := seq.Column - 1
	last := seq.Content[len(seq.Content)-1].Line
	for at := last; at < len(lines); at++ {
		content := bytes.TrimLeft(lines[at], " ")
		if len(bytes.TrimSpace(content)) == 0 {
			continue
		}
		if len(lines[at])-len(content) <= dash {
			break
		}
		last = at + 1
	}
	end := "\n"
	if bytes.HasSuffix(lines[0], []byte("\r\n")) {
		end = "\r\n"
	}
	var b strings.Builder
	b.Write(bytes.Join(lines[:last], nil))
	if !bytes.HasSuffix(lines[last-1], []byte("\n")) {
		b.WriteString(end)
	}
	if it.apart {
		b.WriteString(end)
	}
	indent := strings.Repeat(" ", dash)
	for i, l := range it.lines {
		mark := "  "
		if i == 0 {
			mark = "- "
		}
		b.WriteString(indent + mark + l + end)
	}
	b.Write(bytes.Join(lines[last:], nil))
	return []byte(b.String())
}

// appendFlow adds an item before the bracket that closes the one at an offset.
func appendFlow(text []byte, open int, flow string) ([]byte, error) {
	end := closing(text, open)
	if end < 0 {
		return nil, errUneditable
	}
	inside := bytes.TrimRight(text[open+1:end], " \t\r\n")
	separator := ", "
	switch trimmed := bytes.TrimSpace(inside); {
	case len(trimmed) == 0:
		separator = ""
	case bytes.HasSuffix(trimmed, []byte(",")):
		separator = " "
	}
	at := open + 1 + len(inside)
	out := append([]byte(nil), text[:at]...)
	out = append(out, separator+flow...)
	return append(out, text[at:]...), nil
}

// closing returns the offset of the bracket that closes the one at open, or -1 if a
// comment or something else is in the way.
func closing(text []byte, open int) int {
	depth := 0
	var quote byte
	for at := open; at < len(text); at++ {
		c := text[at]
		switch {
		case quote == '"' && c == '\\':
			at++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && strings.IndexByte(" ,[{:\n\t", text[at-1]) >= 0:
			quote = c
		case c == '#' && strings.IndexByte(" \n\t", text[at-1]) >= 0:
			return -1
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return at
			}
		}
	}
	return -1
}
