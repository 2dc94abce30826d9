package bare_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/bare"
)

func TestHandlerAnswersWhatItsWorkMakes(t *testing.T) {
	t.Parallel()
	fails := func(err error) bare.Work {
		return func(context.Context, []byte, string) ([]byte, string, error) { return nil, "", err }
	}
	tests := map[string]struct {
		work           bare.Work
		in             events.APIGatewayV2HTTPRequest
		status         int
		body, dataType string
	}{
		"text":            {bare.Identity, request("[1]", false), 200, "[1]", "application/json"},
		"base64":          {bare.Identity, request("WzFd", true), 200, "[1]", "application/json"},
		"empty":           {bare.Identity, request("", false), 200, "", "application/json"},
		"coded error":     {fails(functions.Errorf(422, "no")), request("", false), 422, "Unprocessable Entity: no", "text/plain; charset=utf-8"},
		"any other error": {fails(errors.New("broken")), request("", false), 500, "broken", "text/plain; charset=utf-8"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := bare.Handler(tt.work)(t.Context(), tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got.StatusCode != tt.status || got.Body != tt.body || got.Headers["content-type"] != tt.dataType || got.IsBase64Encoded {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestABodyThatIsNoBase64IsAnError(t *testing.T) {
	t.Parallel()
	if got, err := bare.Handler(bare.Identity)(t.Context(), request("%", true)); err == nil {
		t.Errorf("got %+v", got)
	}
}

func request(body string, encoded bool) events.APIGatewayV2HTTPRequest {
	return events.APIGatewayV2HTTPRequest{
		Headers: map[string]string{"content-type": "application/json"}, Body: body, IsBase64Encoded: encoded,
	}
}
