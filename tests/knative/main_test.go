package knative_test

import (
	"fmt"
	"os"
	"testing"

	fhttp "knative.dev/func-go/http"
)

// asProcess is set in the environment of a test binary that is to be the
// program that `func` generates, and not a test.
const asProcess = "TEST_AS_FUNC"

func TestMain(m *testing.M) {
	// What func-go's service reads: a free port of the loopback address.
	if err := os.Setenv("LISTEN_ADDRESS", "127.0.0.1:0"); err != nil {
		fail(err)
	}
	if os.Getenv(asProcess) == "" {
		os.Exit(m.Run())
	}
	if err := runAsFunc(); err != nil {
		fail(err)
	}
}

// runAsFunc is func's generated main, which also says where it listens.
func runAsFunc() error {
	hooked := hook(make(chan struct{}))
	svc := fhttp.New(hooked)
	go func() {
		<-hooked.started
		fmt.Println(svc.Addr()) //nolint:forbidigo // its parent reads it
	}()
	return fhttpStart(svc)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
