package lambda_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/lambda"
)

// built are the programs of the tests, built once.
var built lambda.Programs

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bench-lambda-")
	if err == nil {
		built, err = lambda.Build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}
