package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/watch"
	"github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/internal/settings"
)

// watched is the running app whose console a command asks.
type watched struct{ url, token string }

func (o *watched) define(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.url, "url", "http://"+settings.DefaultListen, "`URL` of the running app")
	f.StringVar(&o.token, "token", "", "bearer `TOKEN` of an admin; better in HOMING_TOKEN, where others cannot see it")
}

func (o *watched) client() (client.Client, error) {
	base, err := client.ParseBase(o.url)
	return client.Client{Base: base, Token: o.token}, err
}

// watching is what the commands that need a console have in common.
const watching = `
The app must have its console on: "homing dev" has, and an app with
HOMING_CONSOLE=true, where the token of an admin is needed (HOMING_ADMINS).`

func (a *app) trace() (*cobra.Command, error) {
	var o watched
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "trace [ID]",
		Short: "Show one request of a running app, step by step",
		Long: `Shows one of the last requests of a running app: when each step ran, how long it
took, each attempt, and why it failed. ID is the request id: the header
X-Request-Id of its answer, and in each line of the log. Without it the latest
request is shown.
` + watching,
		Example: `  homing trace 01890a5d-ac96-774b-bcce-b302099a8057
  homing trace --url https://shop.example.com --json`,
		Args: atMost(1),
	}
	o.define(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the request as JSON, with what went into each step and came out")
	return a.withSettings(cmd, []string{"url", "token"}, func(cmd *cobra.Command, args []string) error {
		c, err := o.client()
		if err != nil {
			return err
		}
		var text json.RawMessage
		id, err := requestOf(cmd.Context(), c, args)
		if err != nil {
			return err
		}
		if err := c.Console(cmd.Context(), "requests/"+url.PathEscape(id), &text); err != nil {
			return err
		}
		if asJSON {
			return a.print(string(text) + "\n")
		}
		var r console.Detail
		if err := json.Unmarshal(text, &r); err != nil {
			return exit.Failedf("%s sends what this version of the command cannot read: %w", c.Base, err)
		}
		return a.print(watch.Trace(a.Out, r, a.width()))
	})
}

// requestOf is the id that the arguments name, or that of the latest request.
func requestOf(ctx context.Context, c client.Client, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	var list struct {
		Requests []console.Summary `json:"requests"`
	}
	if err := c.Console(ctx, "requests?limit=1", &list); err != nil {
		return "", err
	}
	if len(list.Requests) == 0 {
		return "", exit.Failedf("%s has had no request yet", c.Base)
	}
	return list.Requests[0].ID, nil
}

func (a *app) logs() (*cobra.Command, error) {
	var o watched
	var follow, asJSON bool
	var level string
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show the log of a running app",
		Long: `Shows the last lines of the log of a running app, and with --follow those that
come. What functions print by themselves is not among them.
` + watching,
		Example: `  homing logs -f
  homing logs --log-level warn
  homing logs -f --json | jq 'select(.requestid)'`,
		Args: atMost(0),
	}
	o.define(cmd)
	f := cmd.Flags()
	f.BoolVarP(&follow, "follow", "f", false, "show what comes, until Ctrl-C")
	f.StringVar(&level, logLevel, "debug", "least `LEVEL` to show: debug, info, warn, error")
	f.BoolVar(&asJSON, "json", false, "print each line as JSON")
	return a.withSettings(cmd, []string{"url", "token"}, func(cmd *cobra.Command, _ []string) error {
		c, err := o.client()
		if err != nil {
			return err
		}
		if _, err := a.Err.Logger(level, "auto"); err != nil {
			return err
		}
		show := func(lines []json.RawMessage) error { return a.showLog(lines, level, asJSON) }
		if follow {
			return a.followLog(cmd.Context(), c, show)
		}
		var all struct {
			Lines []json.RawMessage `json:"lines"`
		}
		if err := c.Console(cmd.Context(), "logs", &all); err != nil {
			return err
		}
		if len(all.Lines) == 0 {
			a.inform("nothing was logged yet")
		}
		return show(all.Lines)
	})
}

// showLog prints lines of a log, those of a level at least if they are for people.
func (a *app) showLog(lines []json.RawMessage, level string, asJSON bool) error {
	for _, line := range lines {
		text := string(line)
		if !asJSON {
			text = watch.Line(a.Out, line, level)
		}
		if text == "" {
			continue
		}
		if err := a.print(text + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// again is how long the command waits before it connects again.
const again = time.Second

// followLog shows lines until ctx ends. An app that is started again, as `homing dev`
// does, is waited for.
func (a *app) followLog(ctx context.Context, c client.Client, show func([]json.RawMessage) error) error {
	begun := false
	for {
		err := c.ConsoleStream(ctx, "logs?follow", func(data []byte) error {
			begun = true
			var lines []json.RawMessage
			if err := json.Unmarshal(data, &lines); err != nil {
				return exit.Failedf("%s sends what this version of the command cannot read: %w", c.Base, err)
			}
			return show(lines)
		})
		if err != nil && !begun && ctx.Err() == nil {
			return err
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *app) top() (*cobra.Command, error) {
	var o watched
	var once bool
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Show what the chains of a running app do, live",
		Long: `Shows the rate, the errors and the times of each chain and step of a running
app, with its limits and circuit breakers, each second until Ctrl-C. Rates are
of the last ten seconds, times of the last minute. Where the output is no
terminal the table is printed once.
` + watching,
		Example: `  homing top
  homing top --once --url https://shop.example.com`,
		Args: atMost(0),
	}
	o.define(cmd)
	cmd.Flags().BoolVar(&once, "once", false, "print the table once")
	return a.withSettings(cmd, []string{"url", "token"}, func(cmd *cobra.Command, _ []string) error {
		c, err := o.client()
		if err != nil {
			return err
		}
		return a.showTop(cmd.Context(), c, once || !a.Out.Terminal)
	})
}

// clearScreen empties the terminal and goes to its beginning.
const clearScreen = "\x1b[2J\x1b[H"

func (a *app) showTop(ctx context.Context, c client.Client, once bool) error {
	for {
		var s console.Stats
		err := c.Console(ctx, "stats", &s)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was ended
		}
		if err != nil {
			return err
		}
		table := watch.Top(a.Out, s, c.Base, time.Now())
		if once {
			return a.print(table)
		}
		if err := a.print(clearScreen + table); err != nil {
			return err
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *app) print(text string) error {
	if _, err := fmt.Fprint(a.Out, text); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// usualWidth is that of a terminal that does not say it.
const usualWidth = 80

// width is how many characters fit into a line of the output.
func (a *app) width() int {
	if file, ok := a.Out.Writer.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return usualWidth
}
