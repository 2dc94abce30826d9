// Command function is a Lambda function for the tests of the emulator.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	if os.Getenv("STREAM") != "" {
		lambda.Start(stream)
		return
	}
	lambda.Start(handle)
}

// handle answers HTTP events with what the environment has under the path's
// name, and does what messages of a queue say.
func handle(_ context.Context, payload json.RawMessage) (any, error) {
	fmt.Println("got", string(payload))
	var event struct {
		RawPath string
		Records []struct{ MessageID, Body string }
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	if event.Records != nil {
		return batch(event.Records)
	}
	switch name := strings.TrimPrefix(event.RawPath, "/"); name {
	case "fail":
		return nil, errors.New("as asked")
	case "exit":
		os.Exit(3)
		return nil, nil
	default:
		return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: os.Getenv(name)}, nil
	}
}

func batch(records []struct{ MessageID, Body string }) (any, error) {
	var failed events.SQSEventResponse
	for _, r := range records {
		switch r.Body {
		case "fail all":
			return nil, errors.New("as asked")
		case "fail":
			failed.BatchItemFailures = append(failed.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageID})
		}
	}
	return failed, nil
}

func stream(context.Context, json.RawMessage) (*events.LambdaFunctionURLStreamingResponse, error) {
	return &events.LambdaFunctionURLStreamingResponse{
		StatusCode: 201, Headers: map[string]string{"X-By": "stream"}, Body: io.NopCloser(strings.NewReader("streamed")),
	}, nil
}
