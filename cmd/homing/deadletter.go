package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/internal/settings"
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

	// connect returns the clients for a queue.
	connect func(ctx context.Context, queue string) (redrive.Queue, redrive.Invoker, error)
}

func (d deadLetters) command() *cobra.Command {
	return group(&cobra.Command{
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
	}, d.list(), d.show(), d.redrive())
}

// queueFlag adds --queue.
func queueFlag(f *pflag.FlagSet) *string {
	return f.String("queue", "", "`URL` of the dead-letter queue ("+deadLettersVariable+")")
}

// open connects with the queue that a flag or the environment names.
func (d deadLetters) open(ctx context.Context, flag string) (redrive.Box, redrive.Invoker, error) {
	url := cmp.Or(flag, settings.Getenv(d.environ)(deadLettersVariable))
	if err := checkQueue(url); err != nil {
		return redrive.Box{}, nil, err
	}
	queue, lambda, err := d.connect(ctx, url)
	return redrive.Box{Queue: queue, URL: url}, lambda, err
}

// whereQueue is how to find the URL of a queue.
const whereQueue = "its URL is among the outputs of the stack: sam list stack-outputs --stack-name NAME"

// checkQueue rejects what is no URL of a queue.
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

// connectAWS returns clients with the configuration that every AWS tool has, in
// the region of the queue. It fails at once if there are no credentials.
func connectAWS(ctx context.Context, queue string) (redrive.Queue, redrive.Invoker, error) {
	options := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})} // errors have it all
	if region := regionOf(queue); region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, nil, exit.Usagef("the configuration of AWS cannot be read: %w", err).
			Then("see the variables AWS_PROFILE and AWS_CONFIG_FILE; `aws configure list` shows what is used")
	}
	if cfg.Region == "" {
		return nil, nil, exit.Usagef("it is not known in which region the queue is").Then("set AWS_REGION or a profile with a region")
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		return nil, nil, exit.Usagef("there are no credentials for AWS: %w", err).
			Then("log in with `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	return sqs.NewFromConfig(cfg), lambda.NewFromConfig(cfg), nil
}

// regionOf returns the region that the URL of a queue on AWS names, as in
// https://sqs.eu-west-1.amazonaws.com/123456789012/letters; "" for others.
func regionOf(queue string) string {
	u, err := url.Parse(queue)
	if err != nil {
		return ""
	}
	labels := strings.Split(u.Hostname(), ".")
	const least = 4 // sqs, region, amazonaws, com
	if len(labels) < least || labels[0] != "sqs" || labels[2] != "amazonaws" {
		return ""
	}
	return labels[1]
}

// explainAWS adds what the user can do about an error of AWS. It judges by
// codes alone.
func explainAWS(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	failed := exit.Failedf("%w", err)
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return failed.Then("%s", remedy(api.ErrorCode()))
	}
	var unreachable *net.OpError
	var unknown *net.DNSError
	if errors.As(err, &unreachable) || errors.As(err, &unknown) {
		return failed.Then("AWS cannot be reached: see the region, AWS_ENDPOINT_URL and the network")
	}
	return failed
}

// remedy is what helps against an error code of AWS; "" if nothing is known.
func remedy(code string) string {
	switch strings.TrimPrefix(code, "AWS.SimpleQueueService.") {
	case "QueueDoesNotExist", "NonExistentQueue":
		return "there is no such queue in this account and region; " + whereQueue
	case "AccessDenied", "AccessDeniedException", "KmsAccessDenied", "KMS.AccessDeniedException", "KMSAccessDeniedException":
		return "it takes sqs:ReceiveMessage, sqs:ChangeMessageVisibility and sqs:GetQueueAttributes, " +
			"to redrive also sqs:DeleteMessage and lambda:InvokeFunction, and kms:Decrypt if the queue has a key"
	case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
		"InvalidSignatureException", "SignatureDoesNotMatch":
		return "the credentials are not valid or have expired: log in with `aws sso login`, or see AWS_PROFILE"
	case "OverLimit":
		return "as many messages are held as the queue allows; try again in a minute"
	case "ResourceNotFoundException":
		return "there is no such function in this account and region; --to FUNCTION sends to another one"
	default:
		return ""
	}
}
