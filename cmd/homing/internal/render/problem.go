package render

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/functions"
)

// problem writes a failure for a person. What is no document of RFC 9457 is
// quoted, up to a limit.
func problem(to console.Stream, r client.Reply) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString("  " + printable(fmt.Sprintf(format, args...)) + "\n")
	}
	var p functions.Problem
	if contentType(r) != functions.ProblemContentType || json.Unmarshal(r.Body, &p) != nil {
		b.WriteString(to.Red(status(r.Status)) + "\n")
		if text := excerpt(r.Body); text != "" {
			line("%s", text)
		}
		return b.String()
	}
	title := status(r.Status)
	if p.Title != "" && !strings.HasSuffix(title, p.Title) {
		title += ": " + p.Title
	}
	b.WriteString(to.Red(printable(title)) + "\n")
	if p.Detail != "" {
		line("%s", p.Detail)
	}
	width := 0
	for _, e := range p.Errors {
		width = max(width, utf8.RuneCountInString(e.Pointer))
	}
	for _, e := range p.Errors {
		line("%-*s  %s", width, e.Pointer, e.Detail)
	}
	for _, fact := range facts(r, p) {
		b.WriteString("  " + to.Faint(printable(fact)) + "\n")
	}
	return b.String()
}

// facts are what helps to find the failure or to try again.
func facts(r client.Reply, p functions.Problem) []string {
	var out []string
	if p.Step != "" {
		text := "step " + p.Step
		if p.Attempt > 0 {
			text += fmt.Sprintf(", attempt %d", p.Attempt)
		}
		out = append(out, text)
	}
	if p.RequestID != "" {
		out = append(out, "request "+p.RequestID)
	}
	if at := r.Header.Get("Location"); at != "" {
		out = append(out, "a late reply can be fetched from "+at)
	}
	if seconds := r.Header.Get("Retry-After"); seconds != "" {
		out = append(out, "try again after "+seconds+" s")
	}
	return out
}

// excerpt is the beginning of a body that is text.
func excerpt(body []byte) string {
	const most = 500
	if !isText(body) {
		return ""
	}
	text := strings.TrimSpace(string(body))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
