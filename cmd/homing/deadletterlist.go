package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/cmd/homing/internal/render"
	"github.com/homing-dev/homing/internal/callback"
)

func (d deadLetters) list() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the dead letters",
		Long: `Lists the dead letters, the oldest first. One that is in the queue more than once
is listed once.

A queue on AWS cannot be looked into without reading it: while the list is made, its
messages are hidden from others, and afterwards they are shown again. That
changes nothing but their receive count. Messages that somebody else holds
meanwhile are not in the list.`,
		Example: `  homing deadletter list
  homing deadletter list --json | jq -r '.[] | select(.reason == "timed out") | .request'
  homing deadletter list --queue https://sqs.eu-west-1.amazonaws.com/123456789012/letters`,
		Args: atMost(0),
	}
	where := placeFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.RunE = d.runs(func(cmd *cobra.Command, _ []string) error {
		at, err := d.open(cmd.Context(), where)
		if err != nil {
			return err
		}
		defer at.close()
		return d.listLetters(cmd.Context(), at.letters, asJSON)
	})
	return cmd
}

func (d deadLetters) listLetters(ctx context.Context, box redrive.Letters, asJSON bool) error {
	entries, hidden, err := d.read(ctx, box, nil)
	if err != nil {
		return err
	}
	listed := make([]listedLetter, len(entries))
	for i := range entries {
		listed[i] = newListedLetter(&entries[i])
	}
	switch {
	case asJSON:
		err = d.printJSON(listed)
	case len(listed) == 0:
		err = d.printf("there are no dead letters\n")
	default:
		err = d.printf("%s", letterTable(listed, time.Now()))
	}
	return errors.Join(err, d.noteHidden(hidden))
}

// read lists the letters while a person sees that something goes on.
func (d deadLetters) read(
	ctx context.Context, box redrive.Letters, whole func(*redrive.Message) bool,
) (entries []redrive.Entry, hidden int, err error) {
	wait := d.Err.Wait("reading the dead letters")
	defer wait.Stop()
	entries, hidden, err = redrive.List(ctx, box, whole)
	return entries, hidden, explainAWS(err)
}

func (d deadLetters) noteHidden(hidden int) error {
	if hidden <= 0 {
		return nil
	}
	return render.Note(d.Console, fmt.Sprintf("about %d more are held by somebody else right now", hidden))
}

// listedLetter is a line of the list.
type listedLetter struct {
	Request    string    `json:"request,omitempty"`
	Chain      string    `json:"chain,omitempty"`
	Step       string    `json:"step,omitempty"`
	Function   string    `json:"function,omitempty"`
	Broker     string    `json:"broker,omitempty"`
	Callback   string    `json:"callback,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Detail     string    `json:"detail,omitempty"`
	Tries      int       `json:"tries,omitempty"`
	Since      time.Time `json:"since,omitzero"`
	Deadline   time.Time `json:"deadline,omitzero"`
	Invocation string    `json:"invocation,omitempty"`
	Message    string    `json:"message"`
	Copies     int       `json:"copies"`
	Unanswered string    `json:"unanswered,omitempty"`
	LeftOut    []string  `json:"leftOut,omitempty"`
	// Error is why the message cannot be read.
	Error string `json:"error,omitempty"`
}

func newListedLetter(e *redrive.Entry) listedLetter {
	l := e.Letter
	out := listedLetter{
		Request: l.RequestID, Chain: l.Chain, Step: l.Step, Function: l.Function, Broker: l.Broker, Callback: callback.Shown(l.Callback),
		Reason: string(l.Reason), Detail: l.Detail, Tries: l.Tries, Since: e.Since(), Deadline: l.Deadline,
		Invocation: l.Invocation, Message: e.ID, Copies: e.Copies, Unanswered: l.Unanswered, LeftOut: l.LeftOut,
	}
	if e.Err != nil {
		out.Error = e.Err.Error()
	}
	return out
}

// letterTable is the list for a person. What is not known is a dash; a letter
// without a request has the id of its message.
func letterTable(letters []listedLetter, now time.Time) string {
	const gap = 2
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, gap, ' ', 0)
	row := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = cmp.Or(onOneLine(cell), "-")
		}
		_, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) // a builder takes everything
	}
	row("AGE", "REQUEST", "CHAIN", "STEP", "FUNCTION", "REASON", "TRIES")
	for _, l := range letters {
		reason := l.Reason
		if l.Error != "" {
			reason = "unreadable"
		}
		to := cmp.Or(functionName(l.Function), l.Callback)
		row(age(l.Since, now), cmp.Or(l.Request, l.Message), l.Chain, l.Step, to, reason, strconv.Itoa(l.Tries))
	}
	_ = w.Flush() // as above
	return b.String()
}

// age is how long ago something was, in the largest unit that fits; "" if it
// is not known when.
func age(since, now time.Time) string {
	const day = 24 * time.Hour
	d := max(0, now.Sub(since))
	switch {
	case since.IsZero():
		return ""
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < day:
		return fmt.Sprintf("%dh", d/time.Hour)
	default:
		return fmt.Sprintf("%dd", d/day)
	}
}

// functionName is the name in the ARN of a function, with its qualifier unless
// that is the usual one. What is no ARN stays as it is.
func functionName(arn string) string {
	if _, name, ok := strings.Cut(arn, ":function:"); ok {
		return strings.TrimSuffix(name, ":$LATEST")
	}
	return arn
}

// onOneLine is text without the characters that could end a line or steer a
// terminal: events come from anywhere.
func onOneLine(text string) string {
	return strings.Map(printable, text)
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return utf8.RuneError
}
