package knative_test

import (
	"testing"

	"github.com/homing-dev/homing/internal/generate/knative"
)

func TestAdaptersMayBeSeveralIfTheyShareReplies(t *testing.T) {
	t.Parallel()
	for shape, services := range map[knative.Shape][]string{
		knative.Inline: {"homing"}, knative.Vertex: {"homing-adapter", "homing-a"}, knative.Split: {"homing-adapter", "homing-a-x", "homing-a-y"},
	} {
		docs := generate(t, knative.Options{Shapes: []knative.Shape{shape}, Store: knative.StoreRedis}, chainOf("a", "x", "y"))
		for _, name := range services {
			doc := docs["Service "+name]
			if got := doc.at(t, "spec", "template", "metadata", "annotations", "autoscaling.knative.dev/max-scale"); got != "10" {
				t.Errorf("%s: there may be %v pods", name, got)
			}
			items, _ := doc.at(t, "spec", "template", "spec", "containers", "env").([]any)
			var key any
			for _, item := range items {
				switch item.(tree)["name"] {
				case "HOMING_STORE":
					key = item.(tree).at(t, "valueFrom", "secretKeyRef", "key")
				case "HOMING_REPLY_URL", "HOMING_REPLY_ALLOW":
					t.Errorf("%s has %v, though replies are sent to no pod", name, item)
				}
			}
			if keys := variables(t, doc)["HOMING_REPLY_KEYS"]; keys != "homing/reply-keys" && shape != knative.Inline {
				t.Errorf("%s has the keys %q", name, keys)
			}
			if keys, want := variables(t, doc)["HOMING_LINK_KEYS"], map[bool]string{true: "homing/link-keys"}[shape == knative.Inline]; keys != want {
				t.Errorf("%s signs links with %q", name, keys)
			}
			if key != "store" {
				t.Errorf("%s: the store is in the key %v of the secret", name, key)
			}
		}
	}
}
