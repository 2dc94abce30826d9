package knative_test

import (
	"context"
	"testing"

	"knative.dev/pkg/apis"

	eventingv1 "knative.dev/eventing/pkg/apis/eventing/v1"
	"knative.dev/eventing/pkg/apis/feature"
	servingconfig "knative.dev/serving/pkg/apis/config"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"

	"github.com/homing-dev/homing/internal/generate/knative"
)

// admitted is what Knative's webhooks ask of an object: to fill in what is
// left out, and to say what is wrong.
type admitted interface {
	apis.Defaultable
	apis.Validatable
	GetName() string
}

// admit does what the webhooks do with an object that is created.
func admit(ctx context.Context, t *testing.T, object admitted) {
	t.Helper()
	if err := refused(ctx, object); err != nil {
		t.Errorf("Knative refuses %s: %v", object.GetName(), err)
	}
}

func refused(ctx context.Context, object admitted) error {
	ctx = apis.WithinCreate(ctx)
	object.SetDefaults(ctx)
	if err := object.Validate(ctx); err != nil {
		return err
	}
	return nil
}

// features are those that a new installation of Knative Eventing has (its
// config map config-features), as far as the manifests need them.
func features(t *testing.T) context.Context {
	t.Helper()
	return feature.ToContext(t.Context(), feature.Flags{feature.DeliveryTimeout: feature.Enabled})
}

func (m *manifests) admit(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, s := range m.services {
		admit(ctx, t, s)
	}
	for _, b := range m.brokers {
		admit(ctx, t, b)
	}
	for _, tr := range m.triggers {
		admit(ctx, t, tr)
	}
	for _, sb := range m.bindings {
		admit(ctx, t, sb)
	}
}

func TestKnativeAdmitsWhatIsCheckedIn(t *testing.T) {
	t.Parallel()
	for shape, m := range checkedIn(t) {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			m.admit(features(t), t)
		})
	}
}

// TestKnativeAdmitsReplyToAPod holds the manifests to need no more than the
// one feature that they name.
func TestKnativeAdmitsReplyToAPod(t *testing.T) {
	t.Parallel()
	opts := knative.Options{PodNetwork: "10.244."}
	cfg, err := servingconfig.NewFeaturesConfigFromMap(map[string]string{"kubernetes.podspec-fieldref": "enabled"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := servingconfig.ToContext(features(t), &servingconfig.Config{Features: cfg})
	for _, m := range generated(t, opts) {
		m.admit(ctx, t)
	}
	for _, s := range generated(t, opts)[knative.Vertex].services {
		err := refused(features(t), s)
		if isAdapter := s.Name == "homing-adapter"; isAdapter != (err != nil) {
			t.Errorf("without the feature, Knative says to %s: %v", s.Name, err)
		}
	}
}

// TestTheWebhooksAreAsked spoils manifests, so that a check that looks at
// nothing is noticed.
func TestTheWebhooksAreAsked(t *testing.T) {
	t.Parallel()
	m := checkedIn(t)[knative.Split]
	service, trigger := m.services[0], m.triggers[0]
	for name, spoiled := range map[string]admitted{
		"a negative scale": spoilService(service, func(s *servingv1.Service) {
			s.Spec.Template.Annotations["autoscaling.knative.dev/min-scale"] = "-1"
		}),
		"more calls than Knative takes": spoilService(service, func(s *servingv1.Service) {
			s.Spec.Template.Spec.ContainerConcurrency = new(int64(1001))
		}),
		"longer than Knative allows": spoilService(service, func(s *servingv1.Service) {
			s.Spec.Template.Spec.TimeoutSeconds = new(int64(601))
		}),
		"no subscriber": spoilTrigger(trigger, func(tr *eventingv1.Trigger) { tr.Spec.Subscriber.Ref = nil }),
		"a timeout that is none": spoilTrigger(trigger, func(tr *eventingv1.Trigger) {
			tr.Spec.Delivery.Timeout = new("10s")
		}),
	} {
		if err := refused(features(t), spoiled); err == nil {
			t.Errorf("%s is admitted", name)
		}
	}
}

func spoilService(s *servingv1.Service, spoil func(*servingv1.Service)) *servingv1.Service {
	s = s.DeepCopy()
	spoil(s)
	return s
}

func spoilTrigger(tr *eventingv1.Trigger, spoil func(*eventingv1.Trigger)) *eventingv1.Trigger {
	tr = tr.DeepCopy()
	spoil(tr)
	return tr
}
