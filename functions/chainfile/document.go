package chainfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// document returns the root node of a file that is one YAML document.
func document(data []byte) (*yaml.Node, *Error) {
	if err := encoding(data); err != nil {
		return nil, err
	}
	docs := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	err := docs.Decode(&first)
	if err == nil {
		err = docs.Decode(&second)
	}
	switch {
	case err == nil:
		return nil, &Error{Line: second.Line, Column: second.Column, Message: "a second YAML document starts here; expected one"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(data, err)
	case len(first.Content) == 0:
		return nil, &Error{Line: 1, Column: 1, Message: isEmpty}
	}
	root := first.Content[0]
	if root.ShortTag() == nullTag {
		return nil, &Error{Line: root.Line, Column: root.Column, Message: isEmpty}
	}
	return root, nil
}

const isEmpty = "the file is empty; expected chains"

// encoding returns why data is not worth handing to a YAML parser.
func encoding(data []byte) *Error {
	problem := ""
	switch {
	case len(data) > MaxSize:
		problem = fmt.Sprintf("is larger than %d bytes", MaxSize)
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		problem = "is UTF-16; save it as UTF-8"
	case bytes.HasPrefix(data, []byte("\uFEFF")):
		problem = "starts with a byte order mark; save it as UTF-8 without one"
	}
	if problem != "" {
		return &Error{Line: 1, Column: 1, Message: "the file " + problem}
	}
	for at, c := range string(data) {
		if c == utf8.RuneError && !bytes.HasPrefix(data[at:], []byte("\uFFFD")) {
			return atOffset(data, at, fmt.Sprintf("the byte 0x%02x is not UTF-8", data[at]))
		}
	}
	return nil
}

// atOffset is an error at a byte of data.
func atOffset(data []byte, at int, message string) *Error {
	before := data[:min(at, len(data))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return &Error{Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(line) + 1, Message: message}
}

// syntaxError places the error of the YAML parser. What was opened and is never
// closed is noticed at a later line, so it is placed where it was opened.
func syntaxError(data []byte, cause error) *Error {
	at, ok := errors.AsType[*yaml.LoadError](cause)
	if !ok {
		return &Error{Line: 1, Column: 1, Message: "not YAML: " + cause.Error()}
	}
	message, _, _ := strings.Cut(at.Message, " (value: ")
	message = "not YAML: " + message
	if at.Stage == yaml.ReaderStage {
		return atOffset(data, at.Mark.Index, message)
	}
	place := at.Mark
	opened := strings.Contains(at.ContextMsg, "quoted") || strings.Contains(at.ContextMsg, "flow")
	if opened && at.ContextMark.Line < place.Line {
		place = at.ContextMark
	}
	place.Line, place.Column = max(place.Line, 1), max(place.Column, 1)
	if text := bytes.Split(data, []byte("\n")); place.Line <= len(text) {
		line := text[place.Line-1]
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if tab := bytes.IndexByte(indent, '\t'); tab >= 0 {
			return &Error{Line: place.Line, Column: tab + 1, Message: "a tab indents this line; YAML takes spaces only"}
		}
	}
	return &Error{Line: place.Line, Column: place.Column, Message: message}
}
