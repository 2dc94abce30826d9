package knative_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/homing-dev/homing/internal/generate/knative"
)

func TestRepliesInMemoryStayInOnePod(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		keepers := append(m.of("all"), m.of("adapter")...)
		if len(keepers) != 1 {
			t.Errorf("shape %s has %d adapters", shape, len(keepers))
		}
		for _, s := range keepers {
			for _, key := range []string{"min-scale", "max-scale", "initial-scale"} {
				if got := s.Spec.Template.Annotations[autoscaling+key]; got != "1" {
					t.Errorf("shape %s: %s of %s is %q", shape, key, s.Name, got)
				}
			}
		}
	}
}

func TestOnlyAdaptersAreReachedFromOutside(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		for _, s := range m.services {
			outside := slices.Contains([]string{"all", "adapter"}, s.Labels[component])
			if local := s.Labels[visibility] == clusterLocal; local == outside {
				t.Errorf("shape %s: %s is cluster-local: %v", shape, s.Name, local)
			}
			if _, there := s.Annotations[visibility]; there {
				t.Errorf("shape %s: %s has the visibility as an annotation, where it does nothing", shape, s.Name)
			}
		}
	}
}

func TestContainersHaveNoRights(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		for _, s := range m.services {
			if token := s.Spec.Template.Spec.AutomountServiceAccountToken; token == nil || *token {
				t.Errorf("shape %s: %s gets a token of Kubernetes", shape, s.Name)
			}
			c := container(t, s)
			if !locked(c.SecurityContext) {
				t.Errorf("shape %s: %s has the security context %+v", shape, s.Name, c.SecurityContext)
			}
			if len(c.Resources.Limits) != 2 || len(c.Resources.Requests) != 2 {
				t.Errorf("shape %s: %s has the resources %+v", shape, s.Name, c.Resources)
			}
		}
	}
}

func locked(sc *corev1.SecurityContext) bool {
	is := func(b *bool, want bool) bool { return b != nil && *b == want }
	return sc != nil && is(sc.RunAsNonRoot, true) && is(sc.ReadOnlyRootFilesystem, true) && is(sc.AllowPrivilegeEscalation, false) &&
		sc.RunAsUser != nil && *sc.RunAsUser > 0 &&
		sc.Capabilities != nil && slices.Equal(sc.Capabilities.Drop, []corev1.Capability{"ALL"}) && len(sc.Capabilities.Add) == 0 &&
		sc.SeccompProfile != nil && sc.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault
}

func TestSecretsAreNotInManifests(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		for _, s := range m.services {
			for _, v := range container(t, s).Env {
				secret := strings.HasSuffix(v.Name, "_KEYS") || strings.HasSuffix(v.Name, "_TOKENS")
				fromSecret := v.Value == "" && v.ValueFrom != nil && v.ValueFrom.SecretKeyRef != nil
				if secret != fromSecret {
					t.Errorf("shape %s: %s of %s comes from a Secret: %v", shape, v.Name, s.Name, fromSecret)
				}
				if optional := fromSecret && v.ValueFrom.SecretKeyRef.Optional != nil && *v.ValueFrom.SecretKeyRef.Optional; optional {
					t.Errorf("shape %s: %s starts without the Secret, and lets everybody in", shape, s.Name)
				}
			}
		}
	}
}

// TestPoliciesCoverThePods checks the selectors against the labels that the
// pods get.
func TestPoliciesCoverThePods(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		if shape == knative.Inline {
			continue // one public Service: there is nobody to keep away
		}
		for _, s := range m.services {
			covered := 0
			for _, p := range m.policies {
				selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
				if err != nil {
					t.Fatal(err)
				}
				if selector.Matches(labels.Set(s.Spec.Template.Labels)) {
					covered++
				}
				if len(p.Spec.Ingress) == 0 || len(p.Spec.Ingress[0].From) == 0 || len(p.Spec.Ingress[0].Ports) == 0 {
					t.Errorf("shape %s: %s lets everybody or nobody in", shape, p.Name)
				}
			}
			if covered != 1 {
				t.Errorf("shape %s: %d policies cover %s", shape, covered, s.Name)
			}
		}
	}
}

// TestReferencesAreThere follows every name from one object to another.
func TestReferencesAreThere(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		if shape == knative.Inline {
			continue
		}
		if len(m.brokers) != 1 || len(m.bindings) != 1 {
			t.Fatalf("shape %s has %d Brokers and %d SinkBindings", shape, len(m.brokers), len(m.bindings))
		}
		broker, binding := m.brokers[0].Name, m.bindings[0].Spec
		if binding.Sink.Ref == nil || binding.Sink.Ref.Name != broker {
			t.Errorf("shape %s: the SinkBinding names %+v", shape, binding.Sink.Ref)
		}
		bound, err := metav1.LabelSelectorAsSelector(binding.Subject.Selector)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range m.services {
			if sends := environment(t, s)["HOMING_CARRIER"] == "broker" || s.Labels[component] == "failure"; bound.Matches(labels.Set(s.Labels)) != sends {
				t.Errorf("shape %s: %s sends to the broker: %v, and its labels are %v", shape, s.Name, sends, s.Labels)
			}
		}
		for _, tr := range m.triggers {
			if tr.Spec.Broker != broker {
				t.Errorf("shape %s: %s is of the Broker %s", shape, tr.Name, tr.Spec.Broker)
			}
			for _, name := range []string{tr.Spec.Subscriber.Ref.Name, tr.Spec.Delivery.DeadLetterSink.Ref.Name} {
				if s := m.service(t, name); s.Namespace != tr.Namespace {
					t.Errorf("shape %s: %s is in the namespace %s", shape, name, s.Namespace)
				}
			}
		}
	}
}
