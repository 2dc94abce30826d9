package chainfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document gives the root node of a file that is one YAML document.
func document(name string, data []byte) (*yaml.Node, *Error) {
	if problem := encoding(data); problem != nil {
		problem.File = name
		return nil, problem
	}
	docs := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	err := docs.Decode(&first)
	switch {
	case errors.Is(err, io.EOF):
		return nil, &Error{File: name, Line: 1, Column: 1, Message: "the file is empty; expected chains"}
	case err != nil:
		return nil, syntaxError(name, data, err)
	}
	err = docs.Decode(&second)
	switch {
	case err == nil:
		return nil, &Error{
			File: name, Line: second.Line, Column: second.Column,
			Message: "a second YAML document starts here; expected one",
		}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(name, data, err)
	}
	root := first.Content[0]
	if root.ShortTag() == nullTag {
		return nil, &Error{
			File: name, Line: root.Line, Column: root.Column,
			Message: "the file is empty; expected chains",
		}
	}
	return root, nil
}

// encoding says why data is not worth handing to a YAML parser.
func encoding(data []byte) *Error {
	first := &Error{Line: 1, Column: 1}
	switch {
	case len(data) > MaxSize:
		first.Message = fmt.Sprintf("the file is larger than %d bytes", MaxSize)
		return first
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		first.Message = "the file is UTF-16; save it as UTF-8"
		return first
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		first.Message = "the file starts with a byte order mark; save it as UTF-8 without one"
		return first
	}
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			line, column := position(data[:at])
			return &Error{Line: line, Column: column, Message: fmt.Sprintf("the byte 0x%02x is not UTF-8", data[at])}
		}
		at += size
	}
	return nil
}

// position is the line and column of what follows before.
func position(before []byte) (line, column int) {
	line = bytes.Count(before, []byte("\n")) + 1
	start := bytes.LastIndexByte(before, '\n') + 1
	return line, utf8.RuneCount(before[start:]) + 1
}
