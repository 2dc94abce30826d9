package aws_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback/hooktest"
)

// The parameters of the template have whoever completes a request deliver its reply.
func TestReplyIsDeliveredToItsCallback(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			h := hooktest.New(t)
			d := samples(t, plan{shape: shape, parameters: map[string]string{"CallbackTargets": h.URL, "CallbackKeysSecret": "callbacks"}})
			for body, status := range map[string]int{sample(t, "testdata", "order.json"): http.StatusOK, "{}": http.StatusUnprocessableEntity} {
				accepted := call(t, http.MethodPost, d.url+"/quote", body, "Content-Type", "application/json",
					"Prefer", "respond-async", "Homing-Callback", h.URL+"/hook").is(t, http.StatusAccepted)
				ev := h.Await(t)
				if got, _ := functions.Status(ev); got != status || !strings.HasSuffix(accepted.header.Get("Location"), carrier.RequestID(ev)) {
					t.Errorf("of %s came %s", accepted.header.Get("Location"), ev)
				}
			}
			call(t, http.MethodPost, d.url+"/quote", "{}", "Prefer", "respond-async", "Homing-Callback", "https://other.example/").is(t, http.StatusForbidden)
		})
	}
}
