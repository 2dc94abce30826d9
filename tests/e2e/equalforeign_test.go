package e2e_test

import (
	"strings"
	"testing"
)

// A step of somebody else got Ce-Replyto, Ce-Replytoken and Ce-Routingslip, and
// could end the request before the steps behind it.
func TestAStepOfSomebodyElseGetsTheEventAndNothingOfItsRouting(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			steps := newStepServer(t)
			close(steps.open)
			d := deploy(t, steps.gatedPlan(t, s, gated))
			quoted(t, call(t, "POST", d.url+"/gated", order(t)))
			got := <-steps.arrived
			for name := range got.header {
				if strings.HasPrefix(name, "Ce-Reply") || strings.HasPrefix(name, "Ce-Routing") {
					t.Errorf("it got %s: %s", name, got.header.Get(name))
				}
			}
			if got.attribute("Correlationid") == "" || got.attribute("Type") == "" {
				t.Errorf("it got %v", got.header)
			}
		})
	}
}
