package client

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/homing-dev/homing/adapter/reply"
)

const eventStream = "text/event-stream"

// longestLine is how much of a line of a stream is looked at, in bytes. Only
// the reply itself is longer, and that is fetched by its own request.
const longestLine = 16 << 10

// watchStream reads server-sent events (WHATWG HTML section 9.2) and hands the
// progress in them on. It ends with the stream, or with the event that ends the
// call. Lines that are too long and events that are not known are passed over.
func watchStream(r io.Reader, progress func(reply.Progress)) {
	lines := bufio.NewReaderSize(r, longestLine)
	var name string // of the event that is being read
	var data []byte
	for {
		line, err := readLine(lines)
		if err != nil {
			return
		}
		field, value := cutField(line)
		switch field {
		case "event":
			name = string(value)
			if name == "reply" || name == "problem" {
				return
			}
		case "data":
			if len(data) <= longestLine {
				data = append(append(data, value...), '\n')
			}
		case "":
			if len(line) > 0 { // a comment
				continue
			}
			var p reply.Progress
			if name == "progress" && json.Unmarshal(data, &p) == nil {
				progress(p)
			}
			name, data = "", data[:0]
		}
	}
}

// readLine gives a line without its end; what is too long of it is dropped. It
// is valid until the next call. An unfinished line at the end is no line.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == nil {
		return bytes.TrimRight(line, "\r\n"), nil
	}
	kept := bytes.Clone(line)
	for err == bufio.ErrBufferFull { //nolint:errorlint // never wrapped
		_, err = r.ReadSlice('\n')
	}
	if err != nil {
		return nil, err
	}
	return kept, nil
}

// cutField splits "name: value".
func cutField(line []byte) (name string, value []byte) {
	field, value, _ := bytes.Cut(line, []byte(":"))
	return string(field), bytes.TrimPrefix(value, []byte(" "))
}
