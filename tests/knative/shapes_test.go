package knative_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/knative"
)

const (
	component    = "app.kubernetes.io/component"
	visibility   = "networking.knative.dev/visibility"
	autoscaling  = "autoscaling.knative.dev/"
	clusterLocal = "cluster-local"
)

// container is the one container of a Service.
func container(t *testing.T, s *servingv1.Service) corev1.Container {
	t.Helper()
	if n := len(s.Spec.Template.Spec.Containers); n != 1 {
		t.Fatalf("%s has %d containers", s.Name, n)
	}
	return s.Spec.Template.Spec.Containers[0]
}

// environment is what a Service sets; values from elsewhere are "".
func environment(t *testing.T, s *servingv1.Service) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, v := range container(t, s).Env {
		env[v.Name] = v.Value
	}
	return env
}

// of gives the Services of a component.
func (m *manifests) of(name string) []*servingv1.Service {
	return slices.DeleteFunc(slices.Clone(m.services), func(s *servingv1.Service) bool { return s.Labels[component] != name })
}

func TestEveryStepRunsInExactlyOneService(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		ran := map[string][]string{}
		for _, s := range append(m.of("all"), m.of("vertex")...) {
			pattern, ok := environment(t, s)["HOMING_STEPS"]
			if !ok {
				pattern = "*" // the default of the variable
			}
			for _, step := range steps(t) {
				if prefix, any := strings.CutSuffix(pattern, "*"); step == pattern || any && strings.HasPrefix(step, prefix) {
					ran[step] = append(ran[step], s.Name)
				}
			}
		}
		for _, step := range steps(t) {
			if len(ran[step]) != 1 {
				t.Errorf("shape %s: step %s runs in %q", shape, step, ran[step])
			}
		}
	}
}

// steps are the steps of all chains, as chain.step.
func steps(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, c := range chains(t) {
		for _, s := range c.Steps {
			names = append(names, c.Name+"."+s.Name)
		}
	}
	return names
}

// TestEveryEventIsTakenByExactlyOneTrigger follows the routing slip of a call
// of each chain, as the vertices shorten it.
func TestEveryEventIsTakenByExactlyOneTrigger(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		if shape == knative.Inline {
			if len(m.triggers) > 0 {
				t.Error("the inline shape has Triggers")
			}
			continue
		}
		hops := map[string]int{}
		for _, c := range chains(t) {
			for slip := fullSlip(c); slip != ""; hops[c.Name]++ {
				service := m.takes(t, slip)
				slip = rest(slip, environment(t, service)["HOMING_STEPS"])
			}
			want := 1
			if shape == knative.Split {
				want = len(c.Steps)
			}
			if hops[c.Name] != want {
				t.Errorf("shape %s: chain %s takes %d hops, want %d", shape, c.Name, hops[c.Name], want)
			}
		}
		total := 0
		for _, n := range hops {
			total += n
		}
		if total != len(m.triggers) {
			t.Errorf("shape %s has %d Triggers, and %d are used", shape, len(m.triggers), total)
		}
	}
}

func fullSlip(c functions.Chain) string {
	var slip strings.Builder
	for _, s := range c.Steps {
		slip.WriteString(c.Name + "." + s.Name + ",")
	}
	return slip.String()
}

// takes gives the Service that the Triggers send an event with this slip to.
func (m *manifests) takes(t *testing.T, slip string) *servingv1.Service {
	t.Helper()
	var taken []string
	for _, tr := range m.triggers {
		if len(tr.Spec.Filters) != 1 || len(tr.Spec.Filters[0].Prefix) != 1 {
			t.Fatalf("%s does not filter by one prefix", tr.Name)
		}
		if strings.HasPrefix(slip, tr.Spec.Filters[0].Prefix[functions.AttrRoutingSlip]) {
			taken = append(taken, tr.Spec.Subscriber.Ref.Name)
		}
	}
	if len(taken) != 1 {
		t.Fatalf("an event with the routing slip %s goes to %q", slip, taken)
	}
	return m.service(t, taken[0])
}

func (m *manifests) service(t *testing.T, name string) *servingv1.Service {
	t.Helper()
	for _, s := range m.services {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no Service %s", name)
	return nil
}

// rest is what of a slip a vertex leaves to others: it runs what it has from
// the start of the slip on.
func rest(slip, has string) string {
	for slip != "" {
		entry, after, _ := strings.Cut(slip, ",")
		prefix, any := strings.CutSuffix(has, "*")
		if entry != has && (!any || !strings.HasPrefix(entry, prefix)) {
			break
		}
		slip = after
	}
	return slip
}

func TestPrefixesOfTriggersDiffer(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		for i, a := range m.triggers {
			for _, b := range m.triggers[:i] {
				one, other := a.Spec.Filters[0].Prefix["routingslip"], b.Spec.Filters[0].Prefix["routingslip"]
				if strings.HasPrefix(one, other) || strings.HasPrefix(other, one) {
					t.Errorf("shape %s: %s and %s both take %q", shape, a.Name, b.Name, one)
				}
			}
		}
	}
}

func TestLimitsAgreeWithTheChains(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		for _, s := range m.services {
			spec := s.Spec.Template.Spec
			end, start := *spec.TimeoutSeconds, *spec.ResponseStartTimeoutSeconds
			if end <= start {
				t.Errorf("shape %s: %s ends after %d s, and its response may start after %d s", shape, s.Name, end, start)
			}
			if s.Labels[component] == "failure" {
				continue // it works on no chain
			}
			drain, err := time.ParseDuration(environment(t, s)["HOMING_DRAIN"])
			if err != nil || drain >= time.Duration(end)*time.Second {
				t.Errorf("shape %s: %s drains for %s (%v), and is killed after %d s", shape, s.Name, drain, err, end)
			}
			for _, c := range chains(t) {
				if timeout := c.WithDefaults().Timeout; timeout >= time.Duration(start)*time.Second || timeout >= drain {
					t.Errorf("shape %s: chain %s may take %s; %s has %d s and drains for %s", shape, c.Name, timeout, s.Name, start, drain)
				}
			}
		}
		for _, tr := range m.triggers {
			end := *m.service(t, tr.Spec.Subscriber.Ref.Name).Spec.Template.Spec.TimeoutSeconds
			var attempt int64
			if _, err := fmt.Sscanf(*tr.Spec.Delivery.Timeout, "PT%dS", &attempt); err != nil || attempt <= end {
				t.Errorf("shape %s: %s delivers again after %d s (%v), and its vertex may take %d s", shape, tr.Name, attempt, err, end)
			}
		}
	}
}
