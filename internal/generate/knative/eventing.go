package knative

import "fmt"

const aboutBroker = `Takes events from the adapter and hands them to the vertices, as the Triggers say.

How much it keeps when it is restarted depends on its channels: those of
InMemoryChannel, which a new installation of Knative has, keep nothing. The
caller of a lost event gets 504 at the deadline.`

// broker is the one Broker of a deployment.
func (d *deployment) broker() object {
	return object{
		{key: "apiVersion", value: "eventing.knative.dev/v1"},
		{key: "kind", value: "Broker"},
		{key: "metadata", value: object{
			{key: "name", value: brokerName},
			{key: "namespace", value: d.opts.Namespace},
			{key: "labels", value: object{{key: labelName, value: appName}}},
			{
				key: "annotations", value: object{{key: "eventing.knative.dev/broker.class", value: "MTChannelBasedBroker"}},
				note: "Cannot be changed later. Triggers and SinkBinding work with any class.",
			},
		}},
	}
}

const aboutSinkBinding = `Tells the adapter and the vertices where the broker is: it sets K_SINK in them.
Apply it before them; a Service that is bound later gets a second revision.`

// sinkBinding finds its Services by their label, so that a new vertex needs no
// change here.
func (d *deployment) sinkBinding() object {
	return object{
		{key: "apiVersion", value: "sources.knative.dev/v1"},
		{key: "kind", value: "SinkBinding"},
		{key: "metadata", value: object{
			{key: "name", value: appName},
			{key: "namespace", value: d.opts.Namespace},
			{key: "labels", value: object{{key: labelName, value: appName}}},
		}},
		{key: "spec", value: object{
			{key: "subject", value: object{
				{key: "apiVersion", value: "serving.knative.dev/v1"},
				{key: "kind", value: "Service"},
				{key: "selector", value: object{{key: "matchLabels", value: object{
					{key: labelName, value: appName},
					{key: labelSends, value: "broker"},
				}}}},
			}},
			{key: "sink", value: object{{key: "ref", value: object{
				{key: "apiVersion", value: "eventing.knative.dev/v1"},
				{key: "kind", value: "Broker"},
				{key: "name", value: brokerName},
			}}}},
		}},
	}
}

const (
	// retries and backoff: five more attempts within about 12 s, as the pause
	// is backoff × 2^n.
	retries = 5
	backoff = "PT0.2S"
)

// trigger brings a vertex its events.
func (d *deployment) trigger(v vertex) object {
	return object{
		{key: "apiVersion", value: "eventing.knative.dev/v1"},
		{key: "kind", value: "Trigger"},
		{key: "metadata", value: object{
			{key: "name", value: v.name},
			{key: "namespace", value: d.opts.Namespace},
			{key: "labels", value: object{{key: labelName, value: appName}}},
		}},
		{key: "spec", value: object{
			{key: "broker", value: brokerName},
			{
				key: "filters", value: list{object{{key: "prefix", value: object{{key: "routingslip", value: v.slip}}}}},
				note: "The routing slip lists the steps still to run, with a comma after each.",
			},
			{key: "subscriber", value: object{{key: "ref", value: serviceRef(v.name)}}},
			{key: "delivery", value: object{
				{key: "retry", value: retries, note: "Five more attempts within about 12 s."},
				{key: "backoffPolicy", value: "exponential"},
				{key: "backoffDelay", value: backoff},
				{
					key: "timeout", value: fmt.Sprintf("PT%dS", seconds(v.timeout+margin)),
					note: "Of one attempt: longer than the vertex may take, or an event that is still\nbeing worked on would be delivered again.",
				},
				{key: "deadLetterSink", value: object{{key: "ref", value: serviceRef(deadLetterName)}}},
			}},
		}},
	}
}

func serviceRef(name string) object {
	return object{
		{key: "apiVersion", value: "serving.knative.dev/v1"},
		{key: "kind", value: "Service"},
		{key: "name", value: name},
	}
}
