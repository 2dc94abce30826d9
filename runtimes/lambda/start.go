package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	awsruntime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/internal/settings/replies"
	"github.com/homing-dev/homing/runtimes"
)

// varRuntimeAPI is where Lambda's Runtime API listens, host:port.
const varRuntimeAPI = "AWS_LAMBDA_RUNTIME_API"

// Start serves the chains as a Lambda function whose role comes from its
// environment, which is in the form of [os.Environ]. chains returns those of the
// file that the environment names, "" if it names none. Start returns only if it
// cannot start: then the reason was reported to Lambda and, in one line, to
// stderr. An end of the Runtime API ends the process. The options are those of
// [runtimes.Main]: by them the store is opened that HOMING_STORE names, and traces are started.
func Start(
	ctx context.Context, environ []string, chains runtimes.LoadChains, stderr io.Writer, options ...runtimes.Option,
) error {
	getenv := settings.Getenv(environ)
	useMemory(getenv)
	if getenv(varRuntimeAPI) == "" {
		err := fmt.Errorf("%s is missing: a bootstrap is started by Lambda or by an emulator of it", varRuntimeAPI)
		NewLogger(stderr).Error("this function cannot serve", slog.String("error", err.Error()))
		return err
	}
	cfg, err := FromEnv(environ)
	log := newLogger(cfg, stderr)
	var s *Service
	if err == nil {
		s, err = load(ctx, cfg, func(file string) ([]functions.Chain, error) { return chains(file, cfg.Serve(environ)) }, options, log)
	}
	if err != nil {
		text := strings.ReplaceAll(err.Error(), "\n", "; ")
		log.Error("this function cannot serve", slog.String("error", text))
		return errors.Join(err, reportInit(ctx, getenv(varRuntimeAPI), text))
	}
	cfg.Warn(ctx, log, "")
	awsruntime.StartWithOptions(s.Handler(), awsruntime.WithContext(ctx))
	return nil
}

// load creates the service. None of its clients connects before it is used.
func load(
	ctx context.Context, cfg Config, chains func(string) ([]functions.Chain, error), options []runtimes.Option, log *slog.Logger,
) (*Service, error) {
	known, err := chains(cfg.Chain)
	if err != nil {
		return nil, fmt.Errorf("read the chains: %w", err)
	}
	if cfg.Verifier, err = runtimes.Verifier(cfg, log, options...); err != nil {
		return nil, err //nolint:wrapcheck // names the setting
	}
	drivers := runtimes.Drivers(options...)
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the configuration of the AWS SDK: %w", err)
	}
	clients := Clients{DynamoDB: awsdynamodb.NewFromConfig(sdk)}
	if cfg.Role == RoleFailure {
		clients.SQS = sqs.NewFromConfig(sdk)
	} else {
		clients.Lambda = awslambda.NewFromConfig(sdk)
	}
	shared, err := replies.Open(ctx, cfg, log, drivers, "store")
	if err != nil {
		return nil, err //nolint:wrapcheck // names the setting
	}
	bodies, err := replies.OpenBodies(ctx, cfg, drivers, nil)
	if err != nil {
		return nil, err //nolint:wrapcheck // names the setting
	}
	traces, err := runtimes.StartTraces(ctx, os.Getenv, log, options...)
	if err != nil {
		return nil, err //nolint:wrapcheck // names the variable
	}
	o := Options{Store: shared, Bodies: bodies, Logger: log}
	if traces != nil {
		o.Traces = traces
	}
	return New(cfg, known, clients, o)
}

// Of the Runtime API.
const (
	initErrorPath    = "/2018-06-01/runtime/init/error"
	initErrorType    = "Homing.Configuration"
	initErrorTimeout = 2 * time.Second
)

// reportInit reports to Lambda why the function cannot start, so that whoever
// invokes it learns it.
func reportInit(ctx context.Context, api, text string) error {
	ctx, cancel := context.WithTimeout(ctx, initErrorTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"errorMessage": text, "errorType": initErrorType})
	if err != nil {
		return fmt.Errorf("write the error: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api+initErrorPath, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", varRuntimeAPI, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Lambda-Runtime-Function-Error-Type", initErrorType)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // link-local: never through a proxy
	resp, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("tell Lambda: %w", err)
	}
	return resp.Body.Close() //nolint:wrapcheck // nothing to add
}
