package knative

const aboutNetworkPolicy = `Who may open connections to the pods. They do what they say only on a cluster
whose network enforces policies.

Calls to a Knative Service come from the ingress gateway or from the activator,
whoever made them: the broker's and the adapter's, too. So that is who may reach
a vertex, and what keeps others away from it is that its Service is cluster-local.
To tell callers inside the cluster apart takes identities, such as those of a
service mesh or of Knative Eventing's EventPolicy.

What the pods themselves may connect to is left open: functions know best.`

// Ports of a pod of Knative Serving on which its queue-proxy listens.
const (
	portHTTP1   = 8012
	portH2C     = 8013
	portHTTPS   = 8112
	portMetrics = 9090 // for the autoscaler
)

// networkPolicies lets in who has to come in.
func (d *deployment) networkPolicies() page {
	adapter := list{d.fromKnative()}
	if d.opts.PodNetwork != "" {
		adapter = append(adapter, fromVertices())
	}
	return page{
		name:  "40-networkpolicy.yaml",
		about: aboutNetworkPolicy,
		objects: []object{
			d.networkPolicy(appName+"-vertices", list{componentVertex, componentDeadLetter}, list{d.fromKnative()}),
			d.networkPolicy(adapterName, list{componentAdapter}, adapter),
		},
	}
}

func (d *deployment) networkPolicy(name string, components, ingress list) object {
	return object{
		{key: "apiVersion", value: "networking.k8s.io/v1"},
		{key: "kind", value: "NetworkPolicy"},
		{key: "metadata", value: object{
			{key: "name", value: name},
			{key: "namespace", value: d.opts.Namespace},
			{key: "labels", value: object{{key: labelName, value: appName}}},
		}},
		{key: "spec", value: object{
			{key: "podSelector", value: object{
				{key: "matchLabels", value: object{{key: labelName, value: appName}}},
				{key: "matchExpressions", value: list{object{
					{key: "key", value: labelComponent},
					{key: "operator", value: "In"},
					{key: "values", value: components},
				}}},
			}},
			{key: "policyTypes", value: list{"Ingress"}},
			{key: "ingress", value: ingress},
		}},
	}
}

// fromKnative lets the gateway, the activator and the autoscaler in.
func (d *deployment) fromKnative() object {
	return object{
		{key: "from", value: list{
			noted{value: namespace("knative-serving"), note: "The activator, and the autoscaler, which reads metrics."},
			noted{value: namespace(d.opts.Gateway), note: "The ingress gateway."},
		}},
		{key: "ports", value: ports(portHTTP1, portH2C, portHTTPS, portMetrics)},
	}
}

// fromVertices lets replies in, which go to the very pod that waits for them.
func fromVertices() object {
	return object{
		{key: "from", value: list{noted{
			value: object{{key: "podSelector", value: object{{key: "matchLabels", value: object{
				{key: labelName, value: appName},
				{key: labelComponent, value: componentVertex},
			}}}}},
			note: "Replies come from the vertices.",
		}}},
		{key: "ports", value: ports(port)},
	}
}

func namespace(name string) object {
	return object{{key: "namespaceSelector", value: object{{key: "matchLabels", value: object{
		{key: "kubernetes.io/metadata.name", value: name},
	}}}}}
}

func ports(numbers ...int) list {
	l := make(list, 0, len(numbers))
	for _, n := range numbers {
		l = append(l, object{{key: "protocol", value: "TCP"}, {key: "port", value: n}})
	}
	return l
}
