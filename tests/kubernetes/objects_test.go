package kubernetes_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	yaml3 "go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// objects are what one shape deploys.
type objects struct {
	deployments []*appsv1.Deployment
	services    []*corev1.Service
	maps        []*corev1.ConfigMap
	secrets     []*corev1.Secret
	scalers     []*autoscalingv2.HorizontalPodAutoscaler
	budgets     []*policyv1.PodDisruptionBudget
	policies    []*networkingv1.NetworkPolicy
	ingresses   []*networkingv1.Ingress
	customized  []*types.Kustomization
}

// read takes the documents of a text apart.
func (o *objects) read(t *testing.T, name string, text []byte) {
	t.Helper()
	for dec := yaml3.NewDecoder(bytes.NewReader(text)); ; {
		var doc yaml3.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		one, err := yaml3.Marshal(&doc)
		if err != nil {
			t.Fatal(err)
		}
		o.add(t, name, one)
	}
}

// add reads an object strictly: a field that its type does not have, or that is there
// twice, fails the test.
func (o *objects) add(t *testing.T, name string, text []byte) {
	t.Helper()
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal(text, &meta); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var into any
	switch kind := meta.APIVersion + " " + meta.Kind; kind {
	case "apps/v1 Deployment":
		into = grow(&o.deployments)
	case "v1 Service":
		into = grow(&o.services)
	case "v1 ConfigMap":
		into = grow(&o.maps)
	case "v1 Secret":
		into = grow(&o.secrets)
	case "autoscaling/v2 HorizontalPodAutoscaler":
		into = grow(&o.scalers)
	case "policy/v1 PodDisruptionBudget":
		into = grow(&o.budgets)
	case "networking.k8s.io/v1 NetworkPolicy":
		into = grow(&o.policies)
	case "networking.k8s.io/v1 Ingress":
		into = grow(&o.ingresses)
	case "kustomize.config.k8s.io/v1beta1 Kustomization":
		into = grow(&o.customized)
	default:
		t.Fatalf("%s: there is no test for %q", name, kind)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func grow[T any](to *[]*T) *T {
	v := new(T)
	*to = append(*to, v)
	return v
}
