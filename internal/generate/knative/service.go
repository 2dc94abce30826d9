package knative

import "slices"

// The components of a deployment, in the label app.kubernetes.io/component.
const (
	componentAll        = "all"
	componentAdapter    = "adapter"
	componentVertex     = "vertex"
	componentDeadLetter = "dead-letter"
)

const (
	labelName      = "app.kubernetes.io/name"
	labelComponent = "app.kubernetes.io/component"
	// labelSends marks the Services that are told where the broker is.
	labelSends = "homing.dev/sends-to"
)

// port of a container; Knative names it so if it speaks HTTP/1.1.
const (
	portName = "http1"
	port     = 8080
)

// service is a Knative Service before it is YAML.
type service struct {
	name, component string
	labels          []entry // more than every Service has
	annotations     []entry // of the template
	calls           entry   // containerConcurrency
	budget          budget
	timeoutNote     string
	container       object
}

// object is the Service in YAML.
func (s service) object(namespace string) object {
	labels := object{{key: labelName, value: appName}, {key: labelComponent, value: s.component}}
	spec := object{
		s.calls,
		{
			key: "timeoutSeconds", value: seconds(s.budget.timeout),
			note: "A request ends after timeoutSeconds at the latest, and so does a pod that\nis told to stop." + s.timeoutNote,
		},
		{key: "responseStartTimeoutSeconds", value: seconds(s.budget.responseStart)},
		{key: "automountServiceAccountToken", value: false, note: "Nothing here talks to the API of Kubernetes."},
		{key: "enableServiceLinks", value: false},
		{key: "containers", value: list{s.container}},
	}
	return object{
		{key: "apiVersion", value: "serving.knative.dev/v1"},
		{key: "kind", value: "Service"},
		{key: "metadata", value: object{
			{key: "name", value: s.name},
			{key: "namespace", value: namespace},
			{key: "labels", value: slices.Concat(labels, s.labels)},
		}},
		{key: "spec", value: object{{key: "template", value: object{
			{key: "metadata", value: object{
				{key: "labels", value: labels},
				{key: "annotations", value: object(s.annotations)},
			}},
			{key: "spec", value: spec},
		}}}},
	}
}

// clusterLocal keeps a Service from being reached from outside the cluster.
func clusterLocal() entry {
	return entry{
		key: "networking.knative.dev/visibility", value: "cluster-local",
		note: "Not reachable from outside the cluster. Knative reads this as a label;\nas an annotation it does nothing.",
	}
}

// sendsToBroker has the SinkBinding find a Service.
func sendsToBroker() entry { return entry{key: labelSends, value: "broker"} }

// onePod keeps replies where they are waited for.
func onePod() []entry {
	return []entry{
		{
			key: "autoscaling.knative.dev/min-scale", value: "1",
			note: "Replies wait in the memory of this one process: a second pod would not have\n" +
				"them, and scaled to zero they would be gone. A new revision loses them, too.",
		},
		{key: "autoscaling.knative.dev/max-scale", value: "1"},
		{key: "autoscaling.knative.dev/initial-scale", value: "1"},
		{
			key: "autoscaling.knative.dev/target", value: "500",
			note: "A caller who waits counts as concurrency, though waiting costs little.",
		},
	}
}

// manyCalls is the containerConcurrency of a process that holds callers and
// works for them.
func manyCalls() entry {
	return entry{
		key: "containerConcurrency", value: maxCalls,
		note: "The highest that Knative takes but no limit: callers who wait are held here,\nand they cost a connection each.",
	}
}

// anyCalls is the containerConcurrency of a process that holds callers until
// replies come in the same way.
func anyCalls() entry {
	return entry{
		key: "containerConcurrency", value: 0,
		note: "No limit but the adapter's own, which is answered with 429. A limit here would\n" +
			"be used up by callers who wait, and the replies that they wait for would have\n" +
			"to queue behind them.",
	}
}

// elastic lets a vertex follow its load.
func elastic() []entry {
	return []entry{
		{
			key: "autoscaling.knative.dev/min-scale", value: "0",
			note: "Without work there is no pod, and the first call waits until one has\nstarted. \"1\" where a caller should not feel that.",
		},
		{key: "autoscaling.knative.dev/max-scale", value: "10"},
		{key: "autoscaling.knative.dev/initial-scale", value: "1"},
	}
}
