package main

import (
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

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

// connectAWS makes clients with the configuration that every AWS tool has, in
// the region of the queue. It fails at once if there are no credentials.
func connectAWS(ctx context.Context, queue string) (deadLetterClients, error) {
	options := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})} // errors say it all
	if region := regionOf(queue); region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return deadLetterClients{}, exit.Usagef("the configuration of AWS cannot be read: %w", err).
			Then("see the variables AWS_PROFILE and AWS_CONFIG_FILE; `aws configure list` shows what is used")
	}
	if cfg.Region == "" {
		return deadLetterClients{}, exit.Usagef("it is not known in which region the queue is").Then("set AWS_REGION or a profile with a region")
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return deadLetterClients{}, context.Cause(ctx)
		}
		return deadLetterClients{}, exit.Usagef("there are no credentials for AWS: %w", err).
			Then("log in with `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	return deadLetterClients{Queue: sqs.NewFromConfig(cfg), Lambda: lambda.NewFromConfig(cfg)}, nil
}

// regionOf gives the region that the URL of a queue on AWS names, as in
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

// explainAWS says what the user can do about an error of AWS. It judges by
// codes alone.
func explainAWS(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	failed := &exit.Error{Code: exit.Failed, Err: err}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		next := remedy(api.ErrorCode())
		if next == "" {
			return failed
		}
		return failed.Then("%s", next)
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
