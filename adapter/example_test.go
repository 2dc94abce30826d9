package adapter_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// A chain of one step, called over HTTP: once for the answer, and once to fetch
// it later.
func Example() {
	type person struct {
		Name string `json:"name"`
	}
	chain := functions.Chain{
		Name: "address", Method: http.MethodPost, Path: "/address", Timeout: time.Minute,
		Steps: []functions.Step{{Name: "title", Function: functions.Typed(
			func(_ context.Context, p person) (person, error) { return person{"Dr. " + p.Name}, nil },
		)}},
	}
	steps, err := vertex.New(chain) // runs them in this process
	if err != nil {
		panic(err)
	}
	a, err := adapter.New(adapter.Config{Store: memory.New(memory.Options{})}, adapter.Served{Chain: chain, Carrier: steps})
	if err != nil {
		panic(err)
	}
	defer a.Close()

	call := func(method, path, body, prefer string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Prefer", prefer)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w
	}
	now := call(http.MethodPost, "/address", `{"name":"Ada"}`, "")
	fmt.Println(now.Code, now.Body)
	accepted := call(http.MethodPost, "/address", `{"name":"Grace"}`, "respond-async")
	later := call(http.MethodGet, accepted.Header().Get("Location"), "", "wait=10")
	fmt.Println(accepted.Code, later.Code, later.Body)

	// Output:
	// 200 {"name":"Dr. Ada"}
	// 202 200 {"name":"Dr. Grace"}
}
