// Package render shows replies: as they are where a program reads along, and
// pretty where a person does. A person's terminal gets neither binary data nor
// control characters of a server's choice.
package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/tidwall/pretty"

	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

// ToStdout as an output file stands for the standard output, whatever it is.
const ToStdout = "-"

// Options are how a reply is shown. The zero value shows its body.
type Options struct {
	// Output is the file that gets the body of a reply that is no failure; ""
	// means the standard output.
	Output string
	// Include shows the status and the headers before the body.
	Include bool
}

// Reply shows a reply. One with a status of 400 or above is shown to the user
// on the standard error, and is an error with exit code 1 that needs no further
// report.
func Reply(con console.Console, r client.Reply, o Options) error {
	if o.Include {
		if err := write(con.Out, "output", []byte(con.Out.Faint(head(r)))); err != nil {
			return err
		}
	}
	if r.Failed() {
		return failure(con, r)
	}
	switch {
	case o.Output != "" && o.Output != ToStdout:
		return save(con, r, o.Output)
	case !con.Out.Terminal || o.Output == ToStdout:
		return write(con.Out, "output", r.Body)
	case len(r.Body) == 0:
		return Note(con, status(r.Status)+", no body")
	case isText(r.Body):
		return write(con.Out, "output", withNewline(beautify(con.Out, r.Body)))
	default:
		return Note(con, fmt.Sprintf("%s, %s; use -o FILE", contentType(r), humanSize(len(r.Body))))
	}
}

// failure shows a reply that failed: to the user readable, and to a program as
// it is.
func failure(con console.Console, r client.Reply) error {
	if !con.Out.Terminal {
		if err := write(con.Out, "output", r.Body); err != nil {
			return err
		}
	}
	if err := write(con.Err, "error", []byte(problem(con.Err, r))); err != nil {
		return err
	}
	return exit.Reported()
}

// save writes the body to a file.
func save(con console.Console, r client.Reply, path string) error {
	const mode = 0o666 // less the user's mask, as for a file that a shell makes
	if err := os.WriteFile(path, r.Body, mode); err != nil {
		return fmt.Errorf("save the reply: %w", err)
	}
	return Note(con, fmt.Sprintf("%s: %s, %s", path, contentType(r), humanSize(len(r.Body))))
}

// Note shows a person what is not to be seen on the standard output.
func Note(con console.Console, text string) error {
	if !con.Err.Terminal {
		return nil
	}
	return write(con.Err, "error", []byte(con.Err.Faint(printable(text))+"\n"))
}

// head is status line and headers, in the form that HTTP/1.1 has them.
func head(r client.Reply) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Proto, status(r.Status))
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, printable(value))
		}
	}
	b.WriteByte('\n')
	return b.String()
}

func status(code int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
}

// beautify indents and colours JSON; other text stays as it is.
func beautify(to console.Stream, body []byte) []byte {
	if !json.Valid(body) {
		return body
	}
	body = pretty.Pretty(body)
	if to.Colour {
		body = pretty.Color(body, nil)
	}
	return body
}

func withNewline(body []byte) []byte {
	if bytes.HasSuffix(body, []byte("\n")) {
		return body
	}
	return append(bytes.Clone(body), '\n')
}

func write(to io.Writer, name string, data []byte) error {
	if _, err := to.Write(data); err != nil {
		return fmt.Errorf("write to the standard %s: %w", name, err)
	}
	return nil
}
