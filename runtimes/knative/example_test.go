package knative_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/knative"
)

// A process with the role "vertex" runs the steps that the routing slip of an
// event names, and answers with the result.
func ExampleNew() {
	cfg, err := knative.FromEnv([]string{"HOMING_ROLE=vertex", "HOMING_STEPS=greet.*"}) // or os.Environ()
	if err != nil {
		fmt.Println(err)
		return
	}
	greet := func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = fmt.Appendf(nil, "Hello, %s!", in.DataEncoded)
		return &in, nil
	}
	s, err := knative.New(cfg, []functions.Chain{{
		Name: "greet", Method: http.MethodPost, Path: "/greet",
		Steps: []functions.Step{{Name: "greet", Function: greet}},
	}}, knative.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("world"))
	for name, value := range map[string]string{
		"Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": "/example", "Ce-Type": "homing.greet",
		"Ce-Routingslip": "greet.greet,", "Content-Type": "text/plain",
	} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Ce-Id"), w.Body)
	// Output: 200 1 Hello, world!
}
