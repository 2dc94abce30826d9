package invoke_test

import (
	"context"
	"fmt"

	"github.com/homing-dev/homing/internal/emulator/invoke"
)

func Example() {
	ctx := context.Background()
	s, err := invoke.New(ctx, invoke.Options{Functions: []invoke.Function{{Name: "vertex", Dir: ".", Bootstrap: program}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close(ctx) }()
	result, err := s.Invoke(ctx, "vertex", []byte(`{"do":"error"}`))
	fmt.Println(string(result.Payload), result.FunctionError, err)
	// Output: {"errorMessage":"it went wrong","errorType":"errorString"} Unhandled <nil>
}
