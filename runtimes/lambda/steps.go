package lambda

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/config"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/homing-dev/homing/adapter/carrier"
	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/internal/inline"
	"github.com/homing-dev/homing/runtimes/sigv4"
)

// RemoteSteps reaches the steps whose URL is lambda:NAME or lambda:ARN, by a
// synchronous invocation. Region and credentials are those of the AWS SDK's
// default chain (environment, shared files, instance role), which is asked when
// the first such step runs: without one, nothing of AWS is needed. It also has the
// steps of [sigv4.RemoteSteps].
func RemoteSteps() inline.RemoteSteps {
	all := sigv4.RemoteSteps()
	maps.Copy(all, remoteSteps(clambda.New(&lazy{})))
	return all
}

// remoteSteps are those that run in Lambda functions.
func remoteSteps(client *clambda.Client) inline.RemoteSteps {
	return inline.RemoteSteps{"lambda": func(c *carrier.Client, s functions.Step) functions.Function {
		return client.WithTraces(c.Traces()).Remote(strings.TrimPrefix(s.Target(), "lambda:"), s.Answers == functions.AnswersJSON)
	}}
}

// lazy creates its client when it is needed first.
type lazy struct {
	mu     sync.Mutex
	client *awslambda.Client
}

// Invoke implements the API of the carrier.
func (l *lazy) Invoke(ctx context.Context, in *awslambda.InvokeInput, opts ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error) {
	client, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	return client.Invoke(ctx, in, opts...)
}

// get returns the client. A configuration that could not be read is read again
// by the next call.
func (l *lazy) get(ctx context.Context) (*awslambda.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client != nil {
		return l.client, nil
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err == nil && cfg.Region == "" {
		err = errors.New("no region is configured; set AWS_REGION")
	}
	if err != nil {
		return nil, fmt.Errorf("configure AWS: %w", err)
	}
	l.client = awslambda.NewFromConfig(cfg)
	return l.client, nil
}
