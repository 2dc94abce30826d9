package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/probe"
	"github.com/homing-dev/homing/internal/settings"
)

// checkOptions are the flags of `homing check`.
type checkOptions struct {
	input       invokeOptions // file, data and headers
	contentType string
	eventType   string
	timeout     time.Duration
	json        bool
}

func (a *app) check() *cobra.Command {
	o := checkOptions{timeout: 10 * time.Second} //nolint:mnd // a default
	cmd := &cobra.Command{
		Use:   "check URL",
		Short: "Call a remote step as a chain would, and say what to mend",
		Long: `Sends an event to a remote step as a chain would, then the same event again, as
happens when an answer is lost, and one with a broken body. It says what came of
each, how to mend it, and what to write into chain.yaml.

The exit code is 0 if a chain can use the step, and 1 if not.`,
		Example: `  homing check http://127.0.0.1:9001
  homing check https://fraud.example/score -f testdata/order.json
  homing check http://127.0.0.1:9001 -d '{"name":"Ada"}' -H 'Authorization: Bearer SECRET'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return exit.Usagef("name the URL of one step").Then("as in `homing check http://127.0.0.1:9001`")
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&o.input.file, "file", "f", "", "`FILE` with the data of the event; - is the standard input")
	f.StringVarP(&o.input.data, "data", "d", "{}", "`TEXT` of the data")
	cmd.MarkFlagsMutuallyExclusive("file", "data")
	f.StringVar(&o.contentType, "content-type", "application/json", "media `TYPE` of the data")
	f.StringVar(&o.eventType, "type", "homing.check", "`TYPE` of the event")
	f.StringArrayVarP(&o.input.headers, "header", "H", nil, "request header `'NAME: VALUE'` (repeatable)")
	f.Var((*settings.Span)(&o.timeout), "timeout", "longest time to wait for an answer")
	f.BoolVar(&o.json, "json", false, "print what was found as JSON")
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error { return a.checkStep(cmd, args[0], o) })
	return cmd
}

func (a *app) checkStep(cmd *cobra.Command, step string, o checkOptions) error {
	u, err := url.Parse(step)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return exit.Usagef("%q is not the URL of a step, such as http://127.0.0.1:9001", step)
	}
	if o.timeout <= 0 {
		return exit.Usagef("--timeout must be more than 0")
	}
	header, err := requestHeaders(o.input)
	if err != nil {
		return err
	}
	o.input.given = func(flag string) bool { return flag == "data" && o.input.file == "" || cmd.Flags().Changed(flag) }
	body, err := a.body(cmd.Context(), http.MethodPost, o.input)
	if err != nil {
		return err
	}
	report, err := probe.Step{
		URL: step, Type: o.eventType, ContentType: o.contentType, Body: body, Header: header,
		Timeout: o.timeout, MaxReply: carrier.DefaultMaxReply,
	}.Run(cmd.Context())
	if err != nil {
		return exit.Failedf("%w", err)
	}
	if err := a.printReport(step, report, o); err != nil {
		return err
	}
	if report.Failed() {
		return exit.Reported()
	}
	return nil
}

// printReport prints what was found, and what belongs into chain.yaml.
func (a *app) printReport(step string, r probe.Report, o checkOptions) error {
	if o.json {
		return a.printJSON(r)
	}
	var text strings.Builder
	for _, f := range r.Findings {
		level := fmt.Sprintf("%-4s", f.Level)
		switch f.Level {
		case probe.OK:
			level = a.Out.Green(level)
		case probe.Fail:
			level = a.Out.Red(level)
		case probe.Warn:
			level = a.Out.Bold(level)
		}
		fmt.Fprintf(&text, "%s  %s: %s\n", level, f.Call, f.Seen)
		if f.Mend != "" {
			fmt.Fprintf(&text, "      %s\n", f.Mend)
		}
	}
	if r.Answers != "" {
		quoted, err := json.Marshal(step)
		if err != nil {
			return exit.Failedf("%w", err)
		}
		fmt.Fprintf(&text, "\nIn chain.yaml:\n\n      - name: NAME\n        url: %s\n", quoted)
		if r.Answers == "json" {
			text.WriteString("        answers: json\n")
		}
		fmt.Fprintf(&text, "        timeout: %s\n", o.timeout)
	}
	return a.printf("%s", text.String())
}
