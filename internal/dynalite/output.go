package dynalite

import (
	"bytes"
	"io"
	"sync"
)

// maxTail is how much of the output is kept for an error, in bytes.
const maxTail = 2 << 10

// output takes what the process writes, and hands it on but for the first line
// of the standard output, which is the port.
type output struct {
	port chan string // gets one value

	mu   sync.Mutex
	log  io.Writer
	last []byte
}

func newOutput(log io.Writer) *output {
	return &output{port: make(chan string, 1), log: log}
}

// Write implements [io.Writer]. It never fails: a log that cannot be written
// must not end the server.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = append(o.last, p...)
	if over := len(o.last) - maxTail; over > 0 {
		o.last = o.last[over:]
	}
	_, _ = o.log.Write(p)
	return len(p), nil
}

func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.last)
}

// first gives the writer for the standard output.
func (o *output) first() io.Writer { return &firstLine{out: o} }

type firstLine struct {
	out  *output
	line []byte
	told bool
}

// Write implements [io.Writer]. One goroutine calls it.
func (f *firstLine) Write(p []byte) (int, error) {
	if f.told {
		return f.out.Write(p)
	}
	f.line = append(f.line, p...)
	port, rest, whole := bytes.Cut(f.line, []byte("\n"))
	if whole {
		f.told = true
		f.out.port <- string(bytes.TrimSpace(port))
		if len(rest) > 0 {
			_, _ = f.out.Write(rest)
		}
	}
	return len(p), nil
}
