// Package console is where the command line meets its user: it knows which of
// the three streams are terminals, and what may be written to them.
package console

import (
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// Console is the three streams of a process.
type Console struct {
	In  io.Reader
	Out Stream
	Err Stream
}

// Stream is an output stream. It is as safe for concurrent use as its writer.
type Stream struct {
	io.Writer

	// Terminal means that a person reads along.
	Terminal bool
	// Colour means that ANSI colours may be written: on a terminal, unless the
	// environment has NO_COLOR (no-color.org) or TERM=dumb.
	Colour bool
}

// New creates the console of a process with the given environment, in the form
// of [os.Environ].
func New(stdin io.Reader, stdout, stderr io.Writer, environ []string) Console {
	plain := wantsPlain(environ)
	stream := func(w io.Writer) Stream {
		terminal := IsTerminal(w)
		return Stream{Writer: w, Terminal: terminal, Colour: terminal && !plain}
	}
	return Console{In: stdin, Out: stream(stdout), Err: stream(stderr)}
}

// IsTerminal reports whether a reader or writer is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func wantsPlain(environ []string) bool {
	return slices.ContainsFunc(environ, func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		return name == "NO_COLOR" && value != "" || name == "TERM" && value == "dumb"
	})
}
