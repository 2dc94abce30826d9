package chainfile

import (
	"bytes"
	"errors"
	"io"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// syntaxError places the error of the YAML parser, which is true in its text
// but names the start of the surrounding block, or no line at all. The parser
// reads from left to right, so the first line after which it fails in this way
// is the one to look at.
func syntaxError(name string, data []byte, cause error) *Error {
	ends := lineEnds(data)
	// The last line need not be tried: the whole file is known to fail.
	bad := sort.Search(len(ends)-1, func(i int) bool {
		err := parseAll(data[:ends[i]])
		return err != nil && err.Error() == cause.Error()
	})
	start := 0
	if bad > 0 {
		start = ends[bad-1]
	}
	line := data[start:ends[bad]]
	indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]

	message := "not YAML: " + unplaced(cause)
	if tab := bytes.IndexByte(indent, '\t'); tab >= 0 {
		indent = indent[:tab]
		message = "a tab indents this line; YAML takes spaces only"
	}
	return &Error{File: name, Line: bad + 1, Column: len(indent) + 1, Message: message}
}

// unplaced is the text of the parser's error without "yaml: line N: ".
func unplaced(cause error) string {
	text := strings.TrimPrefix(cause.Error(), "yaml: ")
	if place, rest, ok := strings.Cut(text, ": "); ok && strings.HasPrefix(place, "line ") {
		return rest
	}
	return text
}

// lineEnds gives the offset after each line; there is at least one.
func lineEnds(data []byte) []int {
	var ends []int
	for at, b := range data {
		if b == '\n' {
			ends = append(ends, at+1)
		}
	}
	if len(ends) == 0 || ends[len(ends)-1] < len(data) {
		ends = append(ends, len(data))
	}
	return ends
}

// parseAll gives the first error of any document in data.
func parseAll(data []byte) error {
	docs := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var node yaml.Node
		err := docs.Decode(&node)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err //nolint:wrapcheck // only compared by its text.
		}
	}
}
