package dev

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/internal/describe"
)

// Printer writes what a developer reads. It is safe for concurrent use.
type Printer struct {
	mu  sync.Mutex
	out console.Stream
	now func() time.Time
}

// NewPrinter creates a printer.
func NewPrinter(out console.Stream) *Printer { return &Printer{out: out, now: time.Now} }

// Note writes what is being done.
func (p *Printer) Note(text string) { p.write(p.out.Faint(text)) }

// Success writes what went well.
func (p *Printer) Success(text string) { p.write(p.out.Green(text)) }

// Failure writes what has failed, with its cause below.
func (p *Printer) Failure(text string) {
	first, rest, _ := strings.Cut(text, "\n")
	first = p.out.Red(first)
	if rest != "" {
		first += "\n" + rest
	}
	p.write(first)
}

// Text writes a text of several lines as it is.
func (p *Printer) Text(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = io.WriteString(p.out, "\n"+text+"\n") // there is no other place for it
}

// Program writes a line of the program of a step.
func (p *Printer) Program(step, line string) {
	p.write(p.out.Bold(step) + " " + console.Printable(line))
}

// App writes a line that the app has written: calls, failures and other lines of
// its log in a form for people, all else as it is.
func (p *Printer) App(line string) {
	if text := p.logLine(line); text != "" {
		p.write(text)
	}
}

func (p *Printer) write(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = io.WriteString(p.out, p.out.Faint(p.now().Format(time.TimeOnly))+" "+text+"\n") // there is no other place for it
}

// entry is a line of the log of an app.
type entry struct {
	Level     string            `json:"level"`
	Message   string            `json:"msg"`
	Status    int               `json:"status"`
	Duration  string            `json:"duration"`
	Route     string            `json:"route"`
	Tenant    string            `json:"tenant"`
	RequestID string            `json:"requestid"`
	Steps     map[string]string `json:"steps"`
	Step      string            `json:"step"`
	Attempt   int               `json:"attempt"`
	Detail    string            `json:"detail"`
	Error     string            `json:"error"`
}

// addressOf returns the address in the line by which an app says that it listens;
// "" in all others.
func addressOf(line string) string {
	var at describe.Listening
	if json.Unmarshal([]byte(line), &at) != nil {
		return ""
	}
	return at.Address
}

// logLine returns a line for people; "" leaves it out.
func (p *Printer) logLine(line string) string {
	var e entry
	if json.Unmarshal([]byte(line), &e) != nil || e.Message == "" {
		return console.Printable(line)
	}
	switch {
	case e.Message == "call" && e.Status > 0:
		return p.call(e, line)
	case e.Message == "call failed":
		text := "  "
		if e.Step != "" {
			text += "step " + e.Step
			if e.Attempt > 1 {
				text += fmt.Sprintf(", attempt %d", e.Attempt)
			}
			text += ": "
		}
		cause := e.Error
		if cause == "" {
			cause = e.Detail
		}
		return p.out.Red(text+console.Printable(cause)) + p.out.Faint("  "+e.RequestID)
	case e.Level == "DEBUG", e.Message == "serving": // dev says where
		return ""
	default:
		return p.other(e, line)
	}
}

// call is the line of a call: status, time, route, steps and id.
func (p *Printer) call(e entry, line string) string {
	status := strconv.Itoa(e.Status)
	switch {
	case e.Status >= http.StatusInternalServerError:
		status = p.out.Red(status)
	case e.Status < http.StatusBadRequest:
		status = p.out.Green(status)
	}
	words := []string{fmt.Sprintf("%s %8s %s", status, short(e.Duration), e.Route)}
	if e.Tenant != "" {
		words[0] += " for " + e.Tenant
	}
	for _, name := range inOrder(line, e.Steps) {
		took, rest, _ := strings.Cut(e.Steps[name], " ")
		step := p.out.Faint(name) + " " + short(took)
		if rest != "" {
			step += " " + p.out.Red(rest)
		}
		words = append(words, step)
	}
	return strings.Join(append(words, p.out.Faint(e.RequestID)), "  ")
}

// inOrder returns the names of the steps as the line has them.
func inOrder(line string, steps map[string]string) []string {
	_, tail, _ := strings.Cut(line, `"steps":`)
	return slices.SortedFunc(maps.Keys(steps), func(a, b string) int {
		return strings.Index(tail, `"`+a+`":`) - strings.Index(tail, `"`+b+`":`)
	})
}

// other is any other line of the log, with its attributes.
func (p *Printer) other(e entry, line string) string {
	var attrs map[string]any
	_ = json.Unmarshal([]byte(line), &attrs) // it was read before
	words := []string{console.Printable(e.Message)}
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		if key != "time" && key != "level" && key != "msg" {
			words = append(words, p.out.Faint(key+"=")+console.Printable(fmt.Sprint(attrs[key])))
		}
	}
	text := strings.Join(words, " ")
	switch e.Level {
	case "ERROR":
		return p.out.Red("ERROR ") + text
	case "WARN":
		return p.out.Bold("WARN ") + text
	default:
		return text
	}
}

// short is a duration with three digits.
func short(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	for unit := time.Nanosecond; ; unit *= 10 {
		if d/unit < 1000 { //nolint:mnd // three digits
			return d.Round(unit).String()
		}
	}
}

// readable returns lines of a log that ends with a failure: their messages.
func readable(lines []string, how string) string {
	var texts []string
	for _, line := range lines {
		var e entry
		switch {
		case json.Unmarshal([]byte(line), &e) != nil || e.Message == "":
			texts = append(texts, line)
		case e.Level == "ERROR" && e.Error != "":
			texts = append(texts, e.Error)
		case e.Level != "DEBUG":
			texts = append(texts, e.Message)
		}
	}
	if len(texts) == 0 {
		return how
	}
	return strings.Join(texts, "\n")
}
