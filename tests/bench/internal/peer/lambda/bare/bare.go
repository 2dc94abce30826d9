// Package bare is what a Go programmer writes to answer an HTTP API's events
// with aws-lambda-go alone: the event as that library decodes it, a plain call,
// and its answer, with no route, deadline, request id, metrics or limits.
//
// The mains beside it are its two works. Each is a program of its own, so that
// it starts with what it needs and no more.
package bare

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// Work makes the body and the content type of an answer. An error with a method
// StatusCode is answered with that status, any other with 500.
type Work func(ctx context.Context, body []byte, contentType string) (data []byte, dataType string, err error)

// Identity answers what it gets.
func Identity(_ context.Context, body []byte, contentType string) ([]byte, string, error) {
	return body, contentType, nil
}

const (
	contentType = "content-type" // payload format 2.0 has lower case names
	plainText   = "text/plain; charset=utf-8"
)

// Handler handles the events of an HTTP API, payload format 2.0, whatever their
// route. It is safe for concurrent use if work is.
func Handler(work Work) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, in events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		body := []byte(in.Body)
		if in.IsBase64Encoded {
			decoded, err := base64.StdEncoding.DecodeString(in.Body)
			if err != nil {
				return events.APIGatewayV2HTTPResponse{}, fmt.Errorf("read the body: %w", err)
			}
			body = decoded
		}
		data, dataType, err := work(ctx, body, in.Headers[contentType])
		status := http.StatusOK
		if err != nil {
			status, data, dataType = statusOf(err), []byte(err.Error()), plainText
		}
		return events.APIGatewayV2HTTPResponse{
			StatusCode: status, Headers: map[string]string{contentType: dataType}, Body: string(data),
		}, nil
	}
}

func statusOf(err error) int {
	var coded interface{ StatusCode() int }
	if errors.As(err, &coded) {
		return coded.StatusCode()
	}
	return http.StatusInternalServerError
}
