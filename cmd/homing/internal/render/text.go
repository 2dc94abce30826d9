package render

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/console"
)

// isText reports whether a terminal shows body and does nothing else with it.
func isText(body []byte) bool {
	return utf8.Valid(body) && !bytes.ContainsFunc(body, console.Steers)
}

// printable is text on one line without the characters that steer a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case console.Steers(r):
			return utf8.RuneError
		default:
			return r
		}
	}, text)
}

// contentType names what a reply holds.
func contentType(r client.Reply) string {
	text := r.Header.Get("Content-Type")
	if text == "" {
		text = http.DetectContentType(r.Body)
	}
	if kind, _, err := mime.ParseMediaType(text); err == nil {
		return kind
	}
	return text
}

// humanSize writes a number of bytes in kB or MB, rounded.
func humanSize(n int) string {
	const kilo, mega = 1e3, 1e6
	switch {
	case n < kilo:
		return fmt.Sprintf("%d bytes", n)
	case n < mega:
		return fmt.Sprintf("%.0f kB", float64(n)/kilo)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/mega)
	}
}

// Progress writes what became of a step on one line; "" for what has only begun.
func Progress(to console.Stream, p reply.Progress) string {
	step := printable(p.Step)
	if p.Attempt > 1 {
		step += fmt.Sprintf(" (attempt %d)", p.Attempt)
	}
	why := ""
	if p.Status != 0 {
		why = ": " + status(p.Status)
	}
	switch p.State {
	case "started":
		return ""
	case "finished":
		return to.Green("✓ ") + step
	case "failed":
		return to.Red("✗ ") + step + why
	case "retrying":
		return to.Red("↻ ") + step + why
	default:
		return "· " + step + " " + printable(p.State) + why
	}
}
