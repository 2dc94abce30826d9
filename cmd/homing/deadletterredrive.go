package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/settings"
)

// redriveOptions are the flags of `homing deadletter redrive`.
type redriveOptions struct {
	all bool
	how redrive.How
}

func (d deadLetters) redrive() *cobra.Command {
	o := redriveOptions{how: redrive.How{Deadline: functions.DefaultAsyncTimeout}}
	cmd := &cobra.Command{
		Use:   "redrive ID... | --all",
		Short: "Send the events of dead letters again",
		Long: `Sends the events of dead letters again: on AWS by asynchronous invocations of the
functions that died, on Knative by posting them to the broker that gave them up, or
else to their vertex. Both have names of their cluster there, so from outside of it
--to names where they are reached. A letter is deleted when its event was accepted,
and stays if it was not. ID is that of a request, of an invocation, or of a message.

The caller does not get another reply: it has an error reply already, and the
first reply counts. The steps run for their side effects only. An event whose
deadline has passed would not even be run, so it is sent with --late alone, which
gives it a new deadline.

An event may be run twice, as all that Lambda invokes asynchronously or a broker
delivers: if
the command is killed after the event was accepted and before the letter was
deleted, the letter is still there. One that dies again is kept as a new letter
and not sent a second time by the same command.

A reply that could not be delivered to the URL of Homing-Callback goes there once
more, with the id that it had. That takes HOMING_CALLBACKS and HOMING_CALLBACK_KEYS,
and HOMING_CALLBACK_ORIGIN if the server has it, as the server has them.

The data of a large event may be kept beside it. If that is known to be gone, which
--store and --table can look up, the event is not sent; else its vertex logs it.

The exit code is 0 if all letters that were asked for were sent.`,
		Example: `  homing deadletter redrive 01890a5d-ac96-774b-bcce-b302099a8057
  homing deadletter redrive --all --late --deadline 1h
  homing deadletter redrive --all --to quote-vertex-fixed
  homing deadletter redrive --all --store redis://127.0.0.1:6379 --to http://127.0.0.1:8081`,
	}
	f := cmd.Flags()
	where := placeFlags(cmd)
	f.BoolVar(&o.all, "all", false, "send the events of all letters")
	f.StringVar(&o.how.To, "to", "",
		"`TARGET` to send to: the URL of a broker or a vertex, or the name or ARN of a function (default: what the letter names)")
	f.BoolVar(&o.how.Late, "late", false, "send events whose deadline has passed, too, with a new deadline")
	f.Var((*settings.Span)(&o.how.Deadline), "deadline", "with --late: how long from now the new deadline is")
	cmd.RunE = d.runs(func(cmd *cobra.Command, ids []string) error {
		switch {
		case o.all == (len(ids) > 0):
			return exit.Usagef("say which letters: either their ids or --all").Then("usage: %s", cmd.UseLine())
		case cmd.Flags().Changed("deadline") && !o.how.Late:
			return exit.Usagef("--deadline is for events whose deadline has passed").Then("add --late")
		}
		at, err := d.open(cmd.Context(), where)
		if err != nil {
			return err
		}
		defer at.close()
		s := redrive.Sender{Box: at.letters, Lambda: at.lambda, Bodies: at.bodies, How: o.how}
		sender, err := d.callbacks()
		if err != nil {
			return err
		}
		if sender != nil {
			defer sender.Close()
			s.Callbacks = sender
		}
		return d.redriveLetters(cmd.Context(), s, ids)
	})
	return cmd
}

// callbacks returns what delivers replies by the settings of the environment; nil
// without them.
func (d deadLetters) callbacks() (*callback.Sender, error) {
	getenv := settings.Getenv(d.environ)
	list, origin := settings.Variable("callbacks"), getenv(settings.Variable("callback-origin"))
	allowed, err := callback.ParseAllowed(getenv(list))
	if err != nil {
		return nil, exit.Usagef("%s: %w", list, err)
	}
	keys, err := callback.ParseKeys(getenv(settings.Variable("callback-keys")))
	if err != nil {
		return nil, exit.Usagef("%s: %w", settings.Variable("callback-keys"), err)
	}
	if !allowed.Any() || !keys.Any() {
		return nil, nil //nolint:nilnil // letters that need it say so
	}
	return callback.New(callback.Options{Allowed: allowed, Keys: keys, Origin: origin})
}

// redriveLetters sends the letters with these ids, or all if there are none.
func (d deadLetters) redriveLetters(ctx context.Context, s redrive.Sender, ids []string) error {
	p := redriveProgress{deadLetters: d, wait: d.Err.Wait("reading the dead letters"), missing: slices.Clone(ids)}
	defer p.wait.Stop()
	if len(ids) > 0 {
		s.Select = func(m *redrive.Message) bool {
			p.missing = slices.DeleteFunc(p.missing, m.Named)
			return slices.ContainsFunc(ids, m.Named)
		}
	}
	s.Done = p.done
	count, err := s.Run(ctx)
	p.wait.Stop()
	if err != nil {
		return errors.Join(d.printCount(count), explainAWS(err))
	}
	for _, id := range p.missing {
		p.failed("not there", id, "there is no such letter; `homing deadletter list` shows what is there")
	}
	count.Failed += len(p.missing)
	if err := errors.Join(p.err, d.printCount(count)); err != nil {
		return err
	}
	if err := d.noteHidden(count.Hidden); err != nil {
		return err
	}
	switch {
	case p.late:
		return exit.Failedf("the deadline of some events has passed: their callers are gone").
			Then("--late sends them all the same, with a new deadline, so that their side effects happen")
	case count.Failed > 0:
		return exit.Reported()
	default:
		return nil
	}
}

func (d deadLetters) printCount(c redrive.Count) error {
	return d.printf("%d sent, %d failed\n", c.Sent, c.Failed)
}

// redriveProgress shows the user every letter.
type redriveProgress struct {
	deadLetters

	wait    *console.Wait
	missing []string // ids that no letter had so far
	late    bool
	err     error // the first of writing to the standard output
}

// done is called for every letter, one after the other.
func (p *redriveProgress) done(out redrive.Result) {
	id := cmp.Or(out.Message.Letter.RequestID, out.Message.Key())
	p.late = p.late || errors.Is(out.Err, redrive.ErrLate)
	if out.Err == nil {
		p.wait.Say("", func() {
			if err := p.printf("sent %s\n", onOneLine(id)); err != nil && p.err == nil {
				p.err = err
			}
		})
		return
	}
	text := out.Err.Error()
	var explained *exit.Error
	if errors.As(explainAWS(out.Err), &explained) && explained.Next != "" {
		text += "; " + explained.Next
	}
	word := "not sent"
	if out.Sent {
		word = "sent, not deleted"
	}
	p.failed(word, id, text)
}

// failed writes to the standard error what did not work.
func (p *redriveProgress) failed(word, id, text string) {
	p.wait.Say("", func() {
		line := fmt.Sprintf("%s %s: %s", word, onOneLine(id), onOneLine(text))
		_, _ = io.WriteString(p.Err, p.Err.Red(line)+"\n") // there is no other place for it
	})
}
