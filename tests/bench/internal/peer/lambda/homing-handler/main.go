// Command homing-handler measures what runtimes/lambda gives aws-lambda-go for
// a function with the role all, with a work:
//
//	homing-handler quote <event >cost
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/handling"
)

func main() {
	if err := run(context.Background(), strings.Join(os.Args[1:], " ")); err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n") // there is nobody else to tell
		os.Exit(1)
	}
}

func run(ctx context.Context, name string) error {
	work, err := peer.NewWork(name)
	if err != nil {
		return err
	}
	chain := functions.Chain{Name: "work", Method: http.MethodPost, Path: peer.Path}
	for i, f := range work.Steps {
		chain.Steps = append(chain.Steps, functions.Step{Name: "step-" + strconv.Itoa(i+1), Function: f})
	}
	s, err := lambda.New(lambda.Config{Role: lambda.RoleAll, Self: "measured"}, []functions.Chain{chain},
		lambda.Clients{Lambda: nobody{}}, lambda.Options{Store: memory.New(memory.Options{})})
	if err != nil {
		return fmt.Errorf("make the service of a function: %w", err)
	}
	defer s.Close()
	h, ok := s.Handler().(handling.Handler)
	if !ok {
		return errors.New("the service has no handler of bytes")
	}
	return handling.Run(ctx, h, os.Stdin, os.Stdout)
}

// nobody takes no event: plain calls are not handed on.
type nobody struct{}

// Invoke implements clambda.API.
func (nobody) Invoke(context.Context, *awslambda.InvokeInput, ...func(*awslambda.Options)) (*awslambda.InvokeOutput, error) {
	return nil, errors.New("a plain call was handed on")
}
