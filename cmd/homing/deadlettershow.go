package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tidwall/pretty"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/cmd/homing/internal/render"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
)

// showOptions are the flags of `homing deadletter show`.
type showOptions struct {
	data   string
	asJSON bool
}

func (d deadLetters) show() *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a dead letter with its event",
		Long: `Shows the letters of ID: of a request, of an invocation, or of a message. The
event is shown in the JSON format of CloudEvents: data that is text or JSON as
it is, all other data as base64; its reply token and the query of its callback
are not shown. --data writes the data of the event to a file, to the byte. Data
that was too large for its carrier is kept beside the event: --data gets it where
the letters are in a store (--store, --table).`,
		Example: `  homing deadletter show 01890a5d-ac96-774b-bcce-b302099a8057
  homing deadletter show 01890a5d-ac96-774b-bcce-b302099a8057 --data photo.jpg
  homing deadletter show 01890a5d-ac96-774b-bcce-b302099a8057 --json | jq '.[0].record.responsePayload'`,
		Args: atMost(1),
	}
	where := placeFlags(cmd)
	cmd.Flags().StringVar(&o.data, "data", "", "write the data of the event to this `FILE`; - is the standard output")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print the letters as JSON")
	cmd.MarkFlagsMutuallyExclusive("data", "json")
	cmd.RunE = d.runs(func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return exit.Usagef("say which letter").Then("usage: %s; `homing deadletter list` has the ids", cmd.UseLine())
		}
		at, err := d.open(cmd.Context(), where)
		if err != nil {
			return err
		}
		defer at.close()
		return d.showLetters(cmd.Context(), at, args[0], o)
	})
	return cmd
}

func (d deadLetters) showLetters(ctx context.Context, at opened, id string, o showOptions) error {
	named := func(m *redrive.Message) bool { return m.Named(id) }
	entries, hidden, err := d.read(ctx, at.letters, named)
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(entries, func(e redrive.Entry) bool { return !named(&e.Message) })
	if len(found) == 0 {
		return errors.Join(d.noteHidden(hidden), noLetter(id))
	}
	switch {
	case o.asJSON:
		return d.printLetters(found)
	case o.data == "":
		return d.describeLetters(found)
	case len(found) > 1:
		keys := make([]string, len(found))
		for i := range found {
			keys[i] = found[i].Key()
		}
		return exit.Usagef("request %s has %d letters", id, len(found)).Then("name one of them: %s", strings.Join(keys, ", "))
	default:
		return d.writeData(ctx, at.bodies, &found[0].Message, o.data)
	}
}

func noLetter(id string) error {
	return exit.Failedf("there is no dead letter %q", id).
		Then("`homing deadletter list` shows what is there")
}

// hiddenValue stands for what only the functions of a chain and its caller may know.
const hiddenValue = "(not shown)"

// shownEvent returns an event without the token that allows to put its reply, and
// without the query of the URL to which the caller wants that. All else, and what is
// no object, is as it was.
func shownEvent(event json.RawMessage) json.RawMessage {
	var written map[string]json.RawMessage
	if json.Unmarshal(event, &written) != nil {
		return event
	}
	secret := false
	members := make(map[string]any, len(written))
	for name, text := range written {
		members[name] = text
		var value string
		switch {
		case json.Unmarshal(text, &value) != nil:
		case name == functions.AttrReplyToken:
			members[name], secret = hiddenValue, true
		case name == functions.AttrCallback:
			members[name], secret = callback.Shown(value), true
		}
	}
	if !secret {
		return event
	}
	var out bytes.Buffer
	as := json.NewEncoder(&out)
	as.SetEscapeHTML(false) // as the event is not escaped either
	if err := as.Encode(members); err != nil {
		return event
	}
	return out.Bytes()
}

// printLetters prints the letters, and as a string what is none.
func (d deadLetters) printLetters(found []redrive.Entry) error {
	letters := make([]any, len(found))
	for i := range found {
		letter := found[i].Letter
		letter.Callback, letter.Event = callback.Shown(letter.Callback), shownEvent(letter.Event)
		letters[i] = letter
		if found[i].Err != nil {
			letters[i] = found[i].Body
		}
	}
	return d.printJSON(letters)
}

// describeLetters prints the letters for a person.
func (d deadLetters) describeLetters(found []redrive.Entry) error {
	texts := make([]string, len(found))
	for i := range found {
		texts[i] = d.describe(&found[i], time.Now())
	}
	return d.printf("%s", strings.Join(texts, "\n"))
}

func (d deadLetters) describe(e *redrive.Entry, now time.Time) string {
	var b strings.Builder
	fact := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-11s %s\n", name, onOneLine(value))
		}
	}
	count := func(name string, n, least int) {
		if n >= least {
			fact(name, strconv.Itoa(n))
		}
	}
	l := newListedLetter(e)
	fact("request", l.Request)
	fact("chain", l.Chain)
	fact("step", l.Step)
	fact("function", l.Function)
	fact("broker", l.Broker)
	fact("callback", l.Callback)
	fact("reason", strings.TrimSuffix(l.Reason+": "+l.Detail, ": "))
	count("tries", l.Tries, 1)
	fact("died", moment(l.Since, now))
	fact("deadline", moment(l.Deadline, now))
	fact("invocation", l.Invocation)
	fact("message", l.Message)
	count("copies", l.Copies, 2) //nolint:mnd // one is usual
	fact("unreadable", l.Error)
	if l.Unanswered != "" {
		fact("unanswered", "the failure function itself "+l.Unanswered+"; its caller may not have been told")
	}
	if len(l.LeftOut) > 0 {
		fact("left out", strings.Join(l.LeftOut, ", ")+": did not fit into the queue")
	}
	if body, ok := redrive.BodyOf(&e.Letter); ok {
		fact("data", fmt.Sprintf("%d bytes, kept beside the event at %s", body.Size, body.URI))
	}
	switch {
	case len(e.Letter.Event) > 0:
		b.WriteString(d.indented("event", shownEvent(e.Letter.Event)))
	case e.Letter.Text != "":
		fact("text", e.Letter.Text)
	case e.Err != nil:
		fact("body", e.Body)
	}
	return b.String() + d.indented("record", e.Letter.Record)
}

// moment writes a time, and how far it is from now.
func moment(at, now time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case at.After(now):
		return at.Format(time.RFC3339) + " (in " + age(now, at) + ")"
	default:
		return at.Format(time.RFC3339) + " (" + age(at, now) + " ago)"
	}
}

// indented is a part of a letter under its name, coloured on a terminal.
func (d deadLetters) indented(name string, data []byte) string {
	if len(data) == 0 {
		return ""
	}
	out := bytes.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return printable(r)
	}, bytes.TrimSuffix(pretty.Pretty(data), []byte("\n")))
	if d.Out.Colour {
		out = pretty.Color(out, nil)
	}
	return name + "\n" + string(out) + "\n"
}

// writeData writes the data of the letter's event to a file. A payload that is
// no event is written as a whole.
func (d deadLetters) writeData(ctx context.Context, bodies reply.Bodies, m *redrive.Message, path string) error {
	data := []byte(m.Body)
	if b, ok := redrive.BodyOf(&m.Letter); ok {
		var err error
		if data, err = b.Data(ctx, bodies); err != nil {
			return fmt.Errorf("the event of letter %s has no data in it: %w", m.Key(), err)
		}
	} else if m.Err == nil {
		data = []byte(m.Letter.Text)
		if len(m.Letter.Event) > 0 {
			data = m.Letter.Event
			if ev, err := m.Letter.CloudEvent(); err == nil {
				data = ev.DataEncoded
			}
		}
	}
	for _, part := range m.Letter.LeftOut {
		if part != "response" && part != "record" {
			return fmt.Errorf("the %s of letter %s did not fit into the queue", part, m.Key())
		}
	}
	if path == stdinName {
		return d.printf("%s", data)
	}
	const private = 0o600 // it is somebody's data
	if err := os.WriteFile(path, data, private); err != nil {
		return fmt.Errorf("write the data: %w", err)
	}
	return render.Note(d.Console, fmt.Sprintf("%s: %d bytes", path, len(data)))
}
