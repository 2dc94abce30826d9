package main

import (
	"context"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/cmd/homing/internal/settings"
)

// deadLettersVariable has the URL of the queue, as it has for the function with
// the role failure.
const deadLettersVariable = "HOMING_DEAD_LETTERS"

// deadletter groups the commands that work on the dead-letter queue on AWS.
func (a *app) deadletter() *cobra.Command {
	return deadLetters{app: a, connect: connectAWS}.command()
}

// deadLetters are those commands.
type deadLetters struct {
	*app

	// connect makes the clients for a queue.
	connect func(ctx context.Context, queue string) (deadLetterClients, error)
}

// deadLetterClients are the parts of AWS that are used.
type deadLetterClients struct {
	Queue  redrive.Queue
	Lambda redrive.Invoker
}

func (d deadLetters) command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deadletter",
		Short: "Look at events whose Lambda function has died, and send them again",
		Long: `When a function on AWS Lambda times out, runs out of memory or crashes, its event
is kept in the dead-letter queue, and its caller gets an error reply. These
commands show what is there and send events again.

The queue is named by --queue or HOMING_DEAD_LETTERS. Its URL is among the
outputs of the stack: sam list stack-outputs --stack-name NAME. Credentials,
profile and endpoint come from where every AWS tool takes them: AWS_PROFILE,
aws sso login, AWS_ENDPOINT_URL.`,
		Example: `  homing deadletter list
  homing deadletter show 01890a5d-ac96-774b-bcce-b302099a8057
  homing deadletter redrive --all`,
		Args:        onlyCommands,
		Annotations: map[string]string{settings.Environment: deadLettersVariable},
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(d.list(), d.show(), d.redrive())
	return cmd
}

// queueFlag adds --queue.
func queueFlag(f *pflag.FlagSet) *string {
	return f.String("queue", "", "`URL` of the dead-letter queue ("+deadLettersVariable+")")
}

// open connects with the queue that a flag or the environment names.
func (d deadLetters) open(ctx context.Context, flag string) (redrive.Box, redrive.Invoker, error) {
	queue := flag
	if queue == "" {
		queue = d.getenv(deadLettersVariable)
	}
	if err := checkQueue(queue); err != nil {
		return redrive.Box{}, nil, err
	}
	clients, err := d.connect(ctx, queue)
	if err != nil {
		return redrive.Box{}, nil, err
	}
	return redrive.Box{Queue: clients.Queue, URL: queue}, clients.Lambda, nil
}

// whereQueue says how to find the URL of a queue.
const whereQueue = "its URL is among the outputs of the stack: sam list stack-outputs --stack-name NAME"

// checkQueue refuses what is no URL of a queue.
func checkQueue(queue string) error {
	if queue == "" {
		return exit.Usagef("say which dead-letter queue: --queue URL or %s", deadLettersVariable).Then(whereQueue)
	}
	u, err := url.Parse(queue)
	if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && strings.Trim(u.Path, "/") != "" {
		return nil
	}
	return exit.Usagef("%q is not the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/letters", queue).
		Then(whereQueue)
}

// note tells a person something about what is on the standard output.
func (a *app) note(text string) {
	if a.Err.Terminal {
		_, _ = a.Err.Write([]byte(a.Err.Faint(text) + "\n")) // nothing is lost if nobody reads it
	}
}
