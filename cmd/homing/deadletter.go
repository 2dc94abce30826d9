package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/redrive"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/settings"
)

// deadLettersVariable has the URL of the queue, as it has for the function with
// the role failure.
const deadLettersVariable = "HOMING_DEAD_LETTERS"

// deadletter groups the commands that work on dead letters.
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
		Short: "Look at events that no function could handle, and send them again",
		Long: `When a function on AWS Lambda times out, runs out of memory or crashes, or a
broker of Knative cannot bring an event to its vertex, the event is kept as a dead
letter, and its caller gets an error reply at once. So is a reply that could not be
delivered to the URL of Homing-Callback. These commands show what is there and send
it again.

On AWS letters are in a queue, which --queue or HOMING_DEAD_LETTERS names. Its URL
is among the outputs of the stack: sam list stack-outputs --stack-name NAME. On
Knative they are where the replies are: in the Redis or Valkey server of --store or
HOMING_STORE, or in the DynamoDB table of --table or HOMING_TABLE. Of variables that
are set together, the first one of these counts.

Credentials, profile and endpoint for AWS come from where every AWS tool takes
them: AWS_PROFILE, aws sso login, AWS_ENDPOINT_URL.`,
		Example: `  homing deadletter list
  homing deadletter list --store redis://127.0.0.1:6379
  homing deadletter show 01890a5d-ac96-774b-bcce-b302099a8057
  homing deadletter redrive --all`,
	}, d.list(), d.show(), d.redrive())
}

// place is where the dead letters are, by flags.
type place struct{ queue, store, table string }

// placeFlags adds --queue, --store and --table.
func placeFlags(cmd *cobra.Command) *place {
	var p place
	f := cmd.Flags()
	f.StringVar(&p.queue, "queue", "", "`URL` of the dead-letter queue on AWS ("+deadLettersVariable+")")
	f.StringVar(&p.store, "store", "", "`URL` of the Redis or Valkey server that keeps the letters ("+settings.Variable("store")+")")
	f.StringVar(&p.table, "table", "", "`NAME` of the DynamoDB table that keeps the letters ("+settings.Variable("table")+")")
	cmd.MarkFlagsMutuallyExclusive("queue", "store", "table")
	return &p
}

// orElse returns the place that the environment names if no flag does.
func (p place) orElse(getenv func(string) string) place {
	for _, named := range []place{
		p,
		{queue: getenv(deadLettersVariable)},
		{store: getenv(settings.Variable("store"))},
		{table: getenv(settings.Variable("table"))},
	} {
		if named != (place{}) {
			return named
		}
	}
	return p
}

// opened are dead letters, and how to send their events.
type opened struct {
	letters redrive.Letters
	lambda  redrive.Invoker // nil where there is no Lambda
	bodies  reply.Bodies    // data that is kept beside events; nil if it is not known where
	close   func()
}

// open connects with the place that a flag or the environment names.
func (d deadLetters) open(ctx context.Context, flags *place) (opened, error) {
	p := flags.orElse(settings.Getenv(d.environ))
	none := func() {}
	switch {
	case p.store != "":
		s, err := redis.Open(ctx, p.store, redis.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return opened{}, exit.Usagef("the server of the dead letters: %w", err)
		}
		return opened{redrive.Store{Box: s.Letters(letterbox.Limits{})}, nil, s, func() { _ = s.Close() }}, nil
	case p.table != "":
		cfg, err := awsConfig(ctx, "")
		if err != nil {
			return opened{}, err
		}
		s, err := dynamodb.New(dynamodb.Options{Client: awsdynamodb.NewFromConfig(cfg), Table: p.table})
		if err != nil {
			return opened{}, exit.Usagef("%w", err)
		}
		return opened{redrive.Store{Box: s.Letters(letterbox.Limits{})}, lambda.NewFromConfig(cfg), s, none}, nil
	}
	if err := checkQueue(p.queue); err != nil {
		return opened{}, err
	}
	queue, functions, err := d.connect(ctx, p.queue)
	return opened{redrive.Box{Queue: queue, URL: p.queue}, functions, nil, none}, err
}

// whereQueue is how to find the URL of a queue.
const whereQueue = "its URL is among the outputs of the stack: sam list stack-outputs --stack-name NAME"

// checkQueue rejects what is no URL of a queue.
func checkQueue(queue string) error {
	if queue == "" {
		return exit.Usagef("say which dead-letter queue: --queue URL or %s; on Knative --store URL or %s, or --table NAME or %s",
			deadLettersVariable, settings.Variable("store"), settings.Variable("table")).Then(whereQueue)
	}
	u, err := url.Parse(queue)
	if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && strings.Trim(u.Path, "/") != "" {
		return nil
	}
	return exit.Usagef("%q is not the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/letters", queue).
		Then(whereQueue)
}

// connectAWS returns clients in the region of the queue.
func connectAWS(ctx context.Context, queue string) (redrive.Queue, redrive.Invoker, error) {
	cfg, err := awsConfig(ctx, regionOf(queue))
	if err != nil {
		return nil, nil, err
	}
	return sqs.NewFromConfig(cfg), lambda.NewFromConfig(cfg), nil
}

// awsConfig returns the configuration that every AWS tool has, in a region if one
// is named. It fails at once if there are no credentials.
func awsConfig(ctx context.Context, region string) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})} // errors have it all
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, exit.Usagef("the configuration of AWS cannot be read: %w", err).
			Then("see the variables AWS_PROFILE and AWS_CONFIG_FILE; `aws configure list` shows what is used")
	}
	if cfg.Region == "" {
		return cfg, exit.Usagef("it is not known in which region the dead letters are").Then("set AWS_REGION or a profile with a region")
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return cfg, context.Cause(ctx)
		}
		return cfg, exit.Usagef("there are no credentials for AWS: %w", err).
			Then("log in with `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	return cfg, nil
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
		return failed.Then("it cannot be reached: see the URL and the network; for AWS also the region and AWS_ENDPOINT_URL")
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
		return "there is no such function or table in this account and region; --to FUNCTION sends to another one"
	default:
		return ""
	}
}
