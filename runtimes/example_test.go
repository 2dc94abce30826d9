package runtimes_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// An HTTP call goes through the two steps of a chain and has their result in its
// answer.
func ExampleInline() {
	trim := func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = bytes.TrimSpace(in.DataEncoded)
		return &in, nil
	}
	greet := func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = fmt.Appendf(nil, "Hello, %s!", in.DataEncoded)
		return &in, nil
	}
	chain := functions.Chain{
		Name: "greet", Method: http.MethodPost, Path: "/greet",
		Steps: []functions.Step{{Name: "trim", Function: trim}, {Name: "greet", Function: greet}},
	}
	a, err := runtimes.Inline([]functions.Chain{chain}, adapter.Config{Store: memory.New(memory.Options{})})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()

	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/greet", strings.NewReader(" world ")))
	fmt.Println(w.Code, w.Body)
	// Output: 200 Hello, world!
}

type person struct {
	Name string `json:"name"`
}

func greet(_ context.Context, in person) (string, error) { return "Hello, " + in.Name + "!", nil }

// chains is what an app embeds: //go:embed chain.yaml.
const chains = `
chains:
  - name: greet
    route: POST /greet
    steps: [greet]
`

// This is the whole of an app. It is a server on loopback, a container on Knative,
// and with the option lambda.Runtime() a function on AWS Lambda.
func ExampleMain() {
	main := func() {
		runtimes.Main([]byte(chains), functions.Map{"greet": functions.Typed(greet)})
	}
	_ = main // it does not return
	// Output:
}

// Knative's func builds a package whose New returns what it serves.
func ExampleNew() {
	instance := runtimes.New([]byte(chains), functions.Map{"greet": functions.Typed(greet)})
	w := httptest.NewRecorder()
	instance.Handle(w, httptest.NewRequest(http.MethodPost, "/greet", strings.NewReader(`{"name":"Ada"}`)))
	fmt.Println(w.Code, w.Body)
	if err := instance.Stop(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: 200 "Hello, Ada!"
}
