package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// offline is a client for Lambda that invokes nothing.
type offline struct{}

func (offline) Invoke(
	context.Context, *awslambda.InvokeInput, ...func(*awslambda.Options),
) (*awslambda.InvokeOutput, error) {
	return nil, errors.New("offline")
}

// greeting is a service with a chain of one step.
func greeting(role string) (*lambda.Service, error) {
	greet := func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = fmt.Appendf(nil, "Hello, %s!", in.DataEncoded)
		return &in, nil
	}
	chain := functions.Chain{
		Name: "greet", Method: http.MethodPost, Path: "/greet",
		Steps: []functions.Step{{Name: "greet", Function: greet}},
	}
	return lambda.New(lambda.Config{Role: role, Self: "greeting"}, []functions.Chain{chain},
		lambda.Clients{Lambda: offline{}}, lambda.Options{Store: memory.New(memory.Options{})})
}

// A function with the role "all" answers the HTTP events of API Gateway, of a
// function URL or of a load balancer.
func ExampleService_Invoke() {
	s, err := greeting(lambda.RoleAll)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	answer, err := s.Invoke(context.Background(), []byte(`{
		"version": "2.0", "rawPath": "/greet", "rawQueryString": "", "headers": {"content-type": "text/plain"},
		"requestContext": {"domainName": "api.example.com", "http": {"method": "POST", "path": "/greet", "sourceIp": "192.0.2.1"}},
		"body": "world", "isBase64Encoded": false}`))
	var got struct {
		StatusCode int
		Body       string
	}
	fmt.Println(err, json.Unmarshal(answer, &got))
	fmt.Println(got.StatusCode, got.Body)
	// Output:
	// <nil> <nil>
	// 200 Hello, world!
}

// A function with the role "vertex" runs the steps that the routing slip of an
// event names. Who sends one without replyto gets the result as the answer.
func ExampleService_Invoke_vertex() {
	s, err := greeting(lambda.RoleVertex)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	answer, err := s.Invoke(context.Background(), []byte(`{"specversion": "1.0", "id": "1", "source": "/example", "type": "homing.greet",
		"routingslip": "greet.greet,", "datacontenttype": "text/plain", "data": "world"}`))
	var got struct{ Data string }
	fmt.Println(err, json.Unmarshal(answer, &got))
	fmt.Println(got.Data)
	// Output:
	// <nil> <nil>
	// Hello, world!
}
